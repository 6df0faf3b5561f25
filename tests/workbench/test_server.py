import base64
import io
import time
from collections.abc import Callable, Iterator
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

pytest.importorskip("starlette")
from starlette.testclient import TestClient

from ohmshot.workbench.gate import Doors
from ohmshot.workbench.server import application
from ohmshot.workbench.sessions import IDLE_SECONDS, MOST_SESSIONS, GoneError, Sessions
from ohmshot.workbench.shared import PreparingError, Workbench
from ohmshot.workbench.warm_up import warm_up

Do = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(application(Workbench(), Doors()), base_url="http://127.0.0.1:8000") as client:
        yield client


@pytest.fixture
def do(client: TestClient) -> Do:
    session = client.post("/api/session").json()["session"]
    return lambda op, **message: client.post(f"/api/do/{op}?session={session}", json=message).json()


def task(do: Do) -> dict[str, Any]:
    return {"classes": do("source", name="invented")["classes"]}


def test_a_chip_learns_ages_and_is_as_before_after_undo(do: Do) -> None:
    learned = do("learn", task=task(do))
    assert len(learned["steps"]) == 6
    assert learned["steps"][-1]["query"]["right"] >= 0.95 * learned["steps"][-1]["query"]["of"]
    before = do("look")["cells"]
    assert do("bake", hours=12, celsius=150)["cells"] != before
    assert do("break-row", value=3)["history"] == ["baked 12 h at 150 °C", "row 3 broken"]
    do("undo")
    assert do("undo")["cells"] == before
    assert "nothing to undo" in do("undo")["error"]


def test_all_that_was_done_since_learning_is_taken_back_at_once(do: Do) -> None:
    given = task(do)
    do("learn", task=given)
    do("bake", hours=1, celsius=150)
    learned = do("learn", task=given)["steps"][-1]["cells"]
    do("wear", value=10)
    do("wear", value=20)
    back = do("undo-all")
    assert (back["cells"], back["history"]) == (learned, [])
    for cycles in range(1, 12):  # more than are remembered
        undoable = do("wear", value=cycles)["undoable"]
    assert undoable == 8
    assert do("undo-all")["cells"] == learned


def test_learning_is_undone_too(do: Do) -> None:
    given = task(do)
    do("learn", task=given)
    do("bake", hours=1, celsius=150)
    do("learn", task=given)
    assert do("undo")["history"] == ["baked 1 h at 150 °C"]


def test_the_same_chip_learns_a_next_task_and_its_rounds_are_played(do: Do) -> None:
    do("learn", task=task(do))
    other = {"classes": do("source", name="invented", seed=1)["classes"]}
    learned = do("next-task", task=other)
    written_back, *updates = learned["steps"]
    assert 0 < written_back["changed"] < 400  # of 2,048: those that the last task had moved
    assert len(updates) == 5
    assert all(step["rounds"] for step in learned["steps"])
    assert updates[-1]["query"]["right"] >= 0.95 * updates[-1]["query"]["of"]
    assert "learned another task" in learned["history"][-1]
    three = {"classes": other["classes"][:3]}
    assert "must have 5 classes" in do("next-task", task=three)["error"]


def test_levels_are_straight_lines_of_the_cells_that_carry_weights(do: Do) -> None:
    learned = do("learn", task=task(do))
    levels = learned["levels"]
    assert sum(level["cells"] for level in levels) == 600  # one layer of 30 x 5 weights on two pairs each
    assert [level["target"] for level in levels] == sorted(level["target"] for level in levels)
    for level in levels:
        conductance = np.frombuffer(base64.b64decode(level["conductance"]), "<f4")
        probit = np.frombuffer(base64.b64decode(level["probit"]), "<f4")
        assert (np.diff(conductance) >= 0).all()
        shares = [(number + 0.5) / level["cells"] for number in range(level["cells"])]
        assert probit == pytest.approx([NormalDist().inv_cdf(share) for share in shares], abs=1e-6)
        assert abs(np.median(conductance) - level["target"]) < 5


def test_levels_of_cells_written_to_any_conductance_are_counted_to_the_nearest(do: Do) -> None:
    levels = do("compare", settings={"levels": "continuous"}, task=task(do))["levels"]
    assert sum(level["cells"] for level in levels) == 600


@pytest.mark.slow
def test_an_initialisation_for_people_is_made_while_the_page_waits(do: Do, client: TestClient) -> None:
    answer, steps = do("source", name="invented-emg", shots=1), set()
    until = time.monotonic() + 240
    while "preparing" in answer and time.monotonic() < until:
        steps.add(answer["preparing"]["done"])
        other = client.post("/api/session").json()["session"]  # other pages are served meanwhile
        assert "error" in client.post(f"/api/do/look?session={other}", json={}).json()
        time.sleep(0.2)
        answer = do("source", name="invented-emg", shots=1)
    assert len(answer["classes"]) == 7
    learned = do("learn", task={"bundle": answer["bundle"], "classes": answer["classes"]})
    assert learned["steps"][-1]["query"]["right"] > 0.5 * learned["steps"][-1]["query"]["of"]


def test_making_an_initialisation_is_stopped(do: Do) -> None:
    bench = Workbench()
    with pytest.raises(PreparingError):
        bench.bundle("invented-emg-pairs")
    job = bench._made["invented-emg-pairs"]
    bench.stop_making("invented-emg-pairs")
    assert job.state == {"state": "stopped"}
    assert not job.folder.exists()


def test_what_pages_ask_for_first_is_there_before_they_do() -> None:
    bench = Workbench()
    warm_up(bench)
    assert bench.bundles.keys() == {"characters"}


def test_recording_changes_no_bit(do: Do) -> None:
    given = task(do)
    recorded, whole = do("learn", task=given), do("learn", task=given, record=False)
    assert recorded["steps"][-1]["cells"] == whole["steps"][-1]["cells"]
    assert recorded["steps"][-1]["cost"] == whole["steps"][-1]["cost"]


def test_twelve_hours_at_150_are_ten_years_at_75(do: Do) -> None:
    assert do("equivalent", hours=12, celsius=150)["equivalent_hours"] == pytest.approx(87_600, rel=0.01)


@pytest.mark.parametrize(
    ("op", "message", "word"),
    [
        ("learn", {"task": {"classes": []}}, "at least two symbols"),
        (
            "learn",
            {"task": {"classes": [{"name": "a", "examples": ["!"]}, {"name": "b", "examples": ["!"]}]}},
            "base64",
        ),
        ("learn", {"settings": {"technology": "/etc/passwd"}, "task": {"classes": []}}, "at least two"),
        ("ask", {"example": ""}, "Press Learn"),
        ("bake", {"hours": -1, "celsius": 150}, "hours"),
        ("source", {"name": "../secrets"}, "no source"),
        ("study", {"name": "nothing"}, "no study"),
        ("nonsense", {}, "no 'nonsense'"),
    ],
)
def test_bad_input_is_answered_in_words(do: Do, op: str, message: dict[str, Any], word: str) -> None:
    assert word in do(op, **message)["error"]


def test_a_technology_is_a_name_and_no_path(do: Do) -> None:
    answer = do("learn", settings={"technology": "/etc/passwd"}, task=task(do))
    assert "no parameter set '/etc/passwd' here" in answer["error"]


def test_identical_symbols_are_told(do: Do) -> None:
    given = task(do)
    given["classes"][1]["examples"] = given["classes"][0]["examples"]
    assert "no chip can tell them apart" in " ".join(do("learn", task=given)["remarks"])


def test_pictures_that_are_none_are_told(client: TestClient) -> None:
    session = client.post("/api/session").json()["session"]

    def told(content: bytes) -> str:
        return str(client.post(f"/api/picture?session={session}&name=cat.png", content=content).json()["error"])

    page = Image.new("L", (200, 200), 255)
    file = io.BytesIO()
    page.save(file, "PNG")
    assert "cat.png is empty" in told(file.getvalue())
    ImageDraw.Draw(page).ellipse((90, 90, 110, 110), fill=0)
    file = io.BytesIO()
    page.save(file, "PNG")
    assert "cat.png is one dot" in told(file.getvalue())
    assert "of the kind PDF, which is not read here" in told(b"%PDF-1.4 this is no picture")
    assert "not a picture" in told(b"these are words")


@pytest.mark.parametrize(
    "headers",
    [{"host": "evil.example"}, {"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}],
)
def test_foreign_requests_are_refused(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/api/session", headers=headers).status_code == 403


def test_the_page_loads_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "http://" not in page.text
    assert "https://" not in page.text


def test_beyond_this_machine_a_token_is_needed() -> None:
    with pytest.raises(Exception, match="needs a token"):
        Doors("0.0.0.0")
    token = "a-token-of-twenty-signs"
    with TestClient(application(Workbench(), Doors("0.0.0.0", token)), base_url="http://192.0.2.7:80") as client:
        assert client.get("/").status_code == 403
        assert client.get(f"/?token={token}").status_code == 200  # after a redirect, by its cookie
        assert client.get("/", headers={"host": "rebound.example"}).status_code == 403


def test_sessions_are_bounded_and_let_go() -> None:
    now = [0.0]
    sessions = Sessions(lambda: now[0])
    first = sessions.new()
    for _ in range(MOST_SESSIONS):
        last = sessions.new()
    assert len(sessions) == MOST_SESSIONS
    with pytest.raises(GoneError):
        sessions.get(first.name)
    now[0] = IDLE_SECONDS + 1
    with pytest.raises(GoneError):
        sessions.get(last.name)


def test_the_socket_answers(client: TestClient) -> None:
    session = client.post("/api/session").json()["session"]
    with client.websocket_connect(
        f"ws://127.0.0.1:8000/api/live?session={session}", headers={"host": "127.0.0.1:8000"}
    ) as socket:
        socket.send_json({"id": 7, "op": "look"})
        assert "Nothing has been learned" in socket.receive_json()["error"]
