"""What to look at, part by part: shown beside each verdict so that two inspectors judge alike."""

from acceptance.enums import Level, Part

CHECKLISTS: dict[tuple[str, str], tuple[str, ...]] = {
    (Level.SCHOOL, Part.EQUIPMENT): (
        "品牌、型号、数量与合同一致，序列号与铭牌一致",
        "通电后画面、触控书写、声音正常，连续运行不少于半小时",
        "合格证、说明书、保修卡、遥控器和钥匙齐全",
    ),
    (Level.SCHOOL, Part.WORKMANSHIP): (
        "吊架、支架、白板安装牢固，画面水平、满屏",
        "强弱电分开走线，线槽固定，插座接地，漏电保护有效",
        "设备柜能上锁、能散热，教室恢复整洁",
    ),
    (Level.SCHOOL, Part.TRAINING): (
        "使用班级的任课教师都参加了培训并签到",
        "教师能独立开关机、书写、调用资源",
        "技术员会日常维护、会判断常见软硬件故障",
    ),
    (Level.COUNTY, Part.WORKMANSHIP): (
        "施工符合设计和行业规范，设备到位、运转正常",
        "安装牢固，走线规范，用电安全",
        "序列号与登记一致",
    ),
    (Level.COUNTY, Part.TRAINING): (
        "抽一名任课教师现场操作，能独立完成一节课的基本使用",
        "培训签到、考核记录齐全",
    ),
    (Level.COUNTY, Part.USE): (
        "管理人员能较熟练使用，技术员会维护和处理一般故障",
        "使用登记、维修登记、管理制度在教室可查",
        "钥匙和设备有专人保管",
    ),
}
