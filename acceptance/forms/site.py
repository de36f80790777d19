"""场地准备 and 培训."""

from __future__ import annotations

from django import forms

from acceptance.actions import prepare_site, record_training
from registry import clock
from registry.widgets import Day
from workflow.forms import StepForm


class SiteCheckForm(StepForm):
    """The school says that its rooms are ready for the installers."""

    intro = "逐间看过教室后填报。供应商会按这里的联系人约定进场时间。"
    button = "场地已就绪"
    groups = [
        ("就位情况", ["ready_on", "power", "security", "network"]),
        ("现场联系人", ["contact", "phone", "note"]),
    ]

    ready_on = forms.DateField(label="就绪日期", widget=Day)
    power = forms.BooleanField(label="教室电源和漏电保护就位", required=False)
    security = forms.BooleanField(label="门窗安防就位", required=False)
    network = forms.BooleanField(
        label="网络已进教室", required=False, help_text="还没有的，在说明里写明何时接入。"
    )
    contact = forms.CharField(label="现场联系人", max_length=20)
    phone = forms.CharField(label="联系电话", max_length=20)
    note = forms.CharField(label="说明", max_length=200, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["ready_on"].initial = clock.today()
        self.fields["contact"].initial = self.user.name
        self.fields["phone"].initial = self.user.phone

    def save(self) -> None:
        prepare_site(project_school=self.subject, user=self.user, **self.cleaned_data)


class TrainingForm(StepForm):
    """The supplier records the training of the school's teachers."""

    intro = "培训结束后按签到表和考核记录填写；学校验收时会核对。"
    button = "培训完成"

    held_on = forms.DateField(label="培训日期", widget=Day)
    hours = forms.DecimalField(label="学时", max_digits=4, decimal_places=1, min_value=0)
    expected = forms.IntegerField(
        label="应到人数", min_value=1, help_text="使用班级的任课教师人数。"
    )
    attendance = forms.IntegerField(label="签到人数", min_value=1)
    qualified = forms.IntegerField(label="考核合格人数", min_value=0)
    trainer = forms.CharField(label="培训人", max_length=20)
    content = forms.CharField(
        label="培训内容",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        initial="设备操作、白板书写与资源调用、日常维护和常见故障处理",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["held_on"].initial = clock.today()
        self.fields["expected"].initial = self.subject.school.staff or None

    def save(self) -> None:
        record_training(project_school=self.subject, user=self.user, **self.cleaned_data)
