"""Notebooks from the examples: the same code, cut at its numbered remarks, with pictures.

    python examples/notebooks/make.py    # writes and runs them; needs the extra docs

The test tests/examples/test_notebooks.py fails where an example has changed and its notebook has not.
"""

import ast
import re
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

FOLDER = Path(__file__).parent

PICTURES = {
    "01_first_adaptation": """\
# Pictures: how accuracy comes and stays, what the cells hold, how sharp their levels are.
import matplotlib.pyplot as plt

figure, axes = plt.subplots(1, 3, figsize=(15, 4), layout="constrained")
oh.plot_accuracy(result, axes[0])
oh.plot_conductances(result.learner.crossbar, axes[1], chip=0)
oh.plot_levels(result.learner.crossbar, result.learner.targets, axes[2])
plt.show()
# What the first chip learned from, five drawings of each class.
figure, axes = plt.subplots(5, 5, figsize=(4, 4))
for ax, drawing in zip(axes.flat, task.support[0], strict=True):
    ax.imshow(drawing, cmap="gray_r")
    ax.set_axis_off()
plt.show()
""",
    "02_your_network_on_the_chip": """\
# Pictures: outputs of the chips against exact weights, and what the cells hold.
import matplotlib.pyplot as plt

with torch.no_grad():
    exact, measured = model.exact(x_test), model(x_test)
figure, axes = plt.subplots(1, 2, figsize=(12, 4), layout="constrained")
axes[0].scatter(exact[0].flatten(), measured[0].flatten(), s=2)
axes[0].axline((0, 0), slope=1, color="black", linewidth=0.8)
axes[0].set(xlabel="logit with exact weights", ylabel="logit on chip 0, after the bake")
oh.plot_conductances(model.chips, axes[1], chip=0)
plt.show()
# Training on the chips gives back what levels, lines and the bake have taken.
optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
history = []
for _ in range(10):
    optimiser.zero_grad()
    logits = model(x_train)  # [chips, batch, 10]
    nn.functional.cross_entropy(logits.flatten(0, 1), y_train.repeat(len(logits))).backward()
    optimiser.step()
    written = model.program()
    with torch.no_grad():
        history.append((accuracy(model(x_test)).mean(), written.changed.double().mean()))
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3), layout="constrained")
left.plot([100 * float(share) for share, _ in history], marker="o")
left.axhline(100 * float(software), color="grey", linestyle=":")
left.set(xlabel="step on the chips", ylabel="accuracy (%), software dotted")
right.bar(range(len(history)), [float(cells) for _, cells in history])
right.set(xlabel="step on the chips", ylabel="cells written, a chip")
plt.show()
""",
}
"""What a notebook adds to its example, cut into cells at the remarks that begin a line."""


def cells(name: str) -> list[Any]:
    """Cells of the notebook of an example: its docstring, its code part by part, the pictures."""
    source = (FOLDER.parent / f"{name}.py").read_text("utf-8")
    module = ast.parse(source)
    title, _, text = (ast.get_docstring(module) or "").partition("\n")
    code = "\n".join(source.splitlines()[module.body[0].end_lineno :]).strip() + "\n"
    found = [new_markdown_cell(f"# {title}\n{text}")]
    for part in [
        *re.split(r"^(?=# \d\. )", code, flags=re.MULTILINE),
        *re.split(r"^(?=# )", PICTURES[name], flags=re.MULTILINE),
    ]:
        if remark := re.match(r"# (?:\d\. )?(.*)\n", part):
            found.append(new_markdown_cell(remark[1]))
            part = part[remark.end() :]
        if part.strip():
            found.append(new_code_cell(part.strip()))
    for number, cell in enumerate(found):
        cell["id"] = f"{name[:2]}-{number}"  # the same each time
    return found


def executed(name: str) -> Any:
    """The notebook of an example, with what its cells print and draw; warnings of a machine are left out."""
    from nbclient import NotebookClient

    notebook = new_notebook(cells=cells(name))
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    NotebookClient(notebook, timeout=600, record_timing=False).execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    return notebook


def main() -> None:
    """Write every notebook."""
    for name in PICTURES:
        nbformat.write(executed(name), FOLDER / f"{name}.ipynb")


if __name__ == "__main__":
    main()
