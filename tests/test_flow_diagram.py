"""The picture of a flow: every node with its words, the state of a process, BPMN that resolves."""

import re
from xml.etree import ElementTree

import pytest

from registry.enums import Role
from tests.trial.flows import ErrandFlow
from tests.trial.scenes import do, start
from tests.world import make_world
from workflow import diagram

SVG = "{http://www.w3.org/2000/svg}"
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"


def drawn(flow_class, process=None) -> dict:
    """Node name -> its group in the picture."""
    root = ElementTree.fromstring(diagram.svg(flow_class, process))
    return {g.get("id").removeprefix("node-"): g for g in root.iter(f"{SVG}g")}


def words(group) -> str:
    return "".join(text.text for text in group.iter(f"{SVG}text"))


def test_every_node_is_drawn_with_its_words():
    groups = drawn(ErrandFlow)
    assert set(groups) == {node.name for node in ErrandFlow.instance.nodes()}
    assert words(groups["check"]) == "审核" + Role.STATION.label
    assert words(groups["sound"]) == "合格？"
    assert words(groups["end"]) == "结束"
    labels = re.findall(r">([是否])</text>", diagram.svg(ErrandFlow))
    assert sorted(labels) == ["否", "是"]


def test_words_stay_inside_their_shape():
    assert diagram.fold("到货安装", 106) == ["到货安装"]
    folded = diagram.fold("县级逐班验收及整改后的复验与确认", 106)
    assert "".join(folded) == "县级逐班验收及整改后的复验与确认"
    assert max(map(len, folded)) * diagram.FONT <= 106


@pytest.mark.django_db
def test_the_picture_shows_where_a_process_stands():
    world = make_world()
    process = start(world)
    do(world, process, "write")
    states = {name: g.get("data-state") for name, g in drawn(ErrandFlow, process).items()}
    assert (states["start"], states["write"], states["check"]) == ("done", "done", "now")
    assert (states["sound"], states["end"]) == ("todo", "todo")
    do(world, process, "check", decision="return", opinion="重写")
    states = {name: g.get("data-state") for name, g in drawn(ErrandFlow, process).items()}
    assert (states["write"], states["check"], states["sound"]) == ("now", "todo", "todo")


def test_the_picture_needs_no_style_and_stays_in_its_frame():
    """The content security policy of a stricter site would drop inline styles."""
    picture = diagram.svg(ErrandFlow)
    assert "style" not in picture and "<script" not in picture
    root = ElementTree.fromstring(picture)
    left, top, width, height = map(float, root.get("viewBox").split())
    for line in root.iter(f"{SVG}polyline"):
        for point in line.get("points").split():
            x, y = map(float, point.split(","))
            assert left <= x <= left + width and top <= y <= top + height
    for group in root.iter(f"{SVG}g"):
        x, y = map(float, re.findall(r"[\d.-]+", group.get("transform")))
        assert left <= x <= left + width and top <= y <= top + height


def test_bpmn_holds_every_node_and_every_reference_resolves():
    root = ElementTree.fromstring(diagram.bpmn(ErrandFlow))
    process = root.find(f"{BPMN}process")
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    nodes = {e.get("id").removeprefix("id_node_"): e for e in process if "Ref" not in str(e.attrib)}
    assert set(nodes) == {node.name for node in ErrandFlow.instance.nodes()}
    assert {nodes["check"].get("name"), nodes["meet"].get("name")} == {"审核", "汇合"}
    assert nodes["check"].tag == f"{BPMN}userTask"
    assert process.get("name") == "示例事项流程"
    flows = process.findall(f"{BPMN}sequenceFlow")
    assert {f.get("name") for f in flows if f.get("sourceRef") == "id_node_sound"} == {"是", "否"}
    for element in root.iter():
        for name in ("sourceRef", "targetRef", "bpmnElement", "sourceElement", "targetElement"):
            if element.get(name):
                assert element.get(name) in ids, element.attrib
        if element.tag in (f"{BPMN}incoming", f"{BPMN}outgoing"):
            assert element.text in ids
    assert len(root.findall(f".//{DI}BPMNShape")) == len(nodes)
    assert len(root.findall(f".//{DI}BPMNEdge")) == len(flows)
