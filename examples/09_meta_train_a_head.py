"""Meta-train a head.

Five gradient updates learn more from a start that was made for them. Here the start is learned from the gestures of
some people (invented ones: 8 electrodes on the forearm), through the errors that cells make; chips then learn the
gestures of other people, one example of each.
"""

import ohmshot as oh

# 1. Features of your own: the log power of each electrode.
recordings = oh.load_examples("invented-emg")  # [classes, examples, 8 electrodes, 100 samples], seven gestures a person
features = recordings.values.float().square().mean(-1).clamp(min=1e-9).log()
classes, examples, _ = features.shape
gesture = recordings.group.new_tensor(range(classes)).repeat_interleave(examples)
person = recordings.group[gesture]


def of_people(chosen):
    rows = chosen.nonzero().flatten()
    return oh.examples_from(features.flatten(0, 1)[rows], gesture[rows], person[rows].tolist())


others, new_people = of_people(person < 5), of_people(person >= 5)

# 2. A hand-made start with rates chosen on held-out people, and one that is learned from it.
start = oh.bundle_from(None, others, ways=7, shots=1, hidden=(32,), episodes=60)
learned = oh.meta_train_head(start, others, shots=1, iterations=40, episodes=60)
print("learned by:", learned.header.provenance.head)
for name, bundle in (("hand-made", start), ("learned", learned)):
    metrics = bundle.header.provenance.metrics
    print(f"{name}: {metrics['held_out_accuracy_write_errors']:.1f} % on held-out people, through write errors")

# 3. Both on chips, for the gestures of people that neither has seen.
task = oh.draw_tasks(new_people, oh.EpisodeShape(ways=7, shots=1, queries=10, scope="one group"), tasks=20, seed=5)
query = task.query, task.query_labels
results = {
    name: oh.adapt(bundle, task.support, task.support_labels, query=query, chips=20)
    for name, bundle in (("hand-made", start), ("learned", learned))
}
for name, result in results.items():
    print(name, result)

# A bundle is a file: give it to a chip, or to `ohmshot demo --bundle`.
# oh.save_bundle(learned, "gestures.safetensors")
