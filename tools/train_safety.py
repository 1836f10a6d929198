"""Learn the weights of safety/data/en.model.json from the labelled texts in tests/safety.

It needs numpy, scipy and scikit-learn, which the site does not: in an environment of its own,

    python3 -m venv /tmp/training && /tmp/training/bin/pip install numpy scipy scikit-learn
    /tmp/training/bin/python tools/train_safety.py            # writes the model
    /tmp/training/bin/python tools/train_safety.py --check    # figures on texts the model has not seen; writes nothing

The same texts give the same weights: nothing is random but the folds, whose seed is fixed.
"""

import hashlib
import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from safety import screening  # noqa: E402
from safety.model import BESIDE, HEADS, SCALE, SELF, SHORT, Groups, Model, features  # noqa: E402
from safety.words import read  # noqa: E402

DATA, TEXTS = ROOT / "safety/data", ROOT / "tests/safety"
GROUPS = Groups.read((DATA / "en.words.txt").read_text())
STRENGTH = 5.0  # how closely the weights follow the texts
ROUNDS = 3  # of choosing, in each text, the sentence that says it
RARE = 2  # texts a feature has to stand in
BYTES = 300_000  # of the model's file
FOLDS, SEED = 5, 20261101
SAD = {"anxiety-panic", "depression-mood", "addiction-recovery"}
KNOWING = {"labelled-4"}  # written by somebody who had read the other files: not learnt from when those are checked
LIKELY = 0.08  # share of texts without it in which a doubtful phrase counts
# Share of texts without it that may be found, by kind; chosen by looking at the figures of --check.
ALARMS = {
    "amber": 0.02, "red": 0.045, "crisis": 0.019, "emergency": 0.015,
    "sourcing": 0.005, "dosing": 0.005, "spam": 0.005,
}  # fmt: skip


def texts():
    """All labelled texts, each with the file it comes from, and the demo's, which are ordinary."""
    labelled = [
        {**json.loads(line), "writer": path.stem}
        for path in sorted(TEXTS.glob("*.jsonl"))
        for line in path.read_text().splitlines()
    ]
    return labelled + [
        {"text": text, "level": "green", "emergency": False, "medicine": None, "spam": False, "writer": "demo"}
        for text in ordinary()
    ]


def ordinary():
    """The posts of the demo, without forums where people tell of distress and without what a phrase finds."""
    rules = screening.rules_of().with_model(None)
    for path in sorted((ROOT / "demo/threads").glob("*.json")):
        for thread in json.loads(path.read_text()):
            if thread["forum"] in SAD:
                continue
            for text in (thread["title"], thread["body"], *(reply["body"] for reply in thread["replies"])):
                if not rules.triage(text).needs_help:
                    yield text


def labels(row):
    """Which heads a text is a case of."""
    level, medicine = row["level"], row["medicine"]
    return [
        level != "green",
        level in ("red", "crisis"),
        level == "crisis",
        bool(row["emergency"]),
        medicine == "sourcing",
        medicine == "dosing",
        bool(row["spam"]),
    ]


class Sentences:
    """The texts as a matrix: a row a sentence with what stands beside it, a column a feature."""

    def __init__(self, rows):
        self.rows, self.labels = rows, np.array([labels(row) for row in rows])
        counted, seen = [], Counter()
        for row in rows:
            reading = read(row["text"])
            words, ends = GROUPS.spelt(reading.words), [*reading.sentences[1:], len(reading.words)]
            counted.append([
                (Counter(features(words[start:end], GROUPS)), end - start)
                for start, end in zip(reading.sentences, ends, strict=True)
            ] or [(Counter(), 0)])  # fmt: skip
            seen.update({name for counts, _ in counted[-1] for name in counts})
        self.names = sorted(name for name, times in seen.items() if times >= RARE)
        column = {name: number for number, name in enumerate(self.names)}
        places, columns, values, self.text, self.first = [], [], [], [], [0]
        for number, sentences in enumerate(counted):
            for one in range(len(sentences)):
                weights, size = Counter(), SELF * SELF * (sentences[one][1] + SHORT)
                for other, share in ((one, SELF), (one - 1, BESIDE), (one + 1, BESIDE)):
                    if 0 <= other < len(sentences):
                        for name, times in sentences[other][0].items():
                            weights[name] += share * times
                        size += share * share * sentences[other][1] if other != one else 0
                for name, weight in weights.items():
                    if name in column:
                        places.append(len(self.text))
                        columns.append(column[name])
                        values.append(weight / np.sqrt(size))
                self.text.append(number)
            self.first.append(len(self.text))
        self.text = np.array(self.text)
        self.matrix = sp.csr_matrix((values, (places, columns)), shape=(len(self.text), len(self.names)))

    def best(self, scores):
        """The highest score of each text."""
        return np.maximum.reduceat(scores, self.first[:-1])

    def learn(self, head, chosen):
        """Weights and constant of a head from the chosen texts: in each text of it, from the sentence that says it."""
        is_of, is_chosen = self.labels[:, head], np.zeros(len(self.rows), bool)
        is_chosen[chosen] = True
        others = np.flatnonzero(is_chosen[self.text] & ~is_of[self.text])
        cases = [number for number in chosen if is_of[number]]
        said = np.flatnonzero(is_chosen[self.text] & is_of[self.text])
        weights = np.array([1 / (self.first[one + 1] - self.first[one]) for one in self.text[said]])
        for _ in range(ROUNDS):
            rows = np.concatenate([said, others])
            share = max(1, 0.35 * len(others) / len(cases))
            fitted = LogisticRegression(C=STRENGTH, solver="liblinear", random_state=SEED, max_iter=300)
            fitted.fit(
                self.matrix[rows],
                np.r_[np.ones(len(said)), np.zeros(len(others))],
                sample_weight=np.r_[weights * share, np.ones(len(others))],
            )
            scores = self.matrix @ fitted.coef_[0]
            said = np.array(
                [self.first[one] + np.argmax(scores[self.first[one] : self.first[one + 1]]) for one in cases]
            )
            weights = np.ones(len(said))
        return fitted.coef_[0], fitted.intercept_[0]

    def unseen(self, chosen):
        """The score of each chosen text by weights that were learnt without it."""
        fold = np.random.default_rng(SEED).integers(0, FOLDS, len(self.rows))
        found = np.zeros((len(self.rows), len(HEADS)))
        for number in range(FOLDS):
            rest = [one for one in chosen if fold[one] != number]
            for head in range(len(HEADS)):
                weights, constant = self.learn(head, rest)
                mine = fold == number
                found[mine, head] = self.best(self.matrix @ weights + constant)[mine]
        return found

    def thresholds(self, chosen):
        """For each head the score that the allowed share of other texts passes."""
        found, chosen = self.unseen(chosen), np.array(chosen)
        green = np.array([row["level"] == "green" and not row["emergency"] for row in self.rows])[chosen]
        limits = []
        for head, kind in enumerate(HEADS):
            others = green if head < 4 else ~self.labels[chosen, head]
            limits.append(np.quantile(found[chosen][others, head], [1 - LIKELY, 1 - ALARMS[kind]]))
        return limits, found

    def model(self, chosen, limits):
        """Weights as they are written: whole numbers, the strongest features first, as many as the file may hold."""
        learnt = [self.learn(head, chosen) for head in range(len(HEADS))]
        matrix = np.rint(np.array([weights for weights, _ in learnt]).T * SCALE).astype(int)
        used = np.asarray((self.matrix != 0).sum(axis=0)).ravel()
        order = sorted(
            range(len(self.names)), key=lambda one: (-abs(matrix[one]).max() * np.sqrt(used[one]), self.names[one])
        )
        weights, size = {}, 1000
        for one in order:
            values = matrix[one].tolist()
            while values and values[-1] == 0:
                values.pop()
            size += len(json.dumps(self.names[one])) + len(str(values).replace(" ", "")) + 2
            if size > BYTES:
                break
            if values:
                weights[self.names[one]] = values
        limits = {
            kind: [round(float(one - learnt[head][1]), 4) for one in limit]
            for head, (kind, limit) in enumerate(zip(HEADS, limits, strict=True))
        }
        return dict(sorted(weights.items())), limits


def report(name, rows, rules):
    """One line: shares found by the rules, and false alarms."""
    read_ = [(row, rules.screen(row["text"])) for row in rows]

    def share(is_case, is_found):
        cases = [found for row, found in read_ if is_case(row)]
        return (
            f"{sum(map(is_found, cases))}/{len(cases)}={sum(map(is_found, cases)) / len(cases):.3f}" if cases else "-"
        )

    print(
        name,
        "red+crisis", share(lambda r: r["level"] in ("red", "crisis"), lambda s: s.is_crisis),
        "| crisis", share(lambda r: r["level"] == "crisis", lambda s: s.level == "crisis"),
        "| red as red", share(lambda r: r["level"] == "red", lambda s: s.level == "red"),
        "| amber", share(lambda r: r["level"] == "amber", lambda s: s.level != "green"),
        "| amber as amber", share(lambda r: r["level"] == "amber", lambda s: s.level == "amber"),
        "| emergency", share(lambda r: r["emergency"], lambda s: s.is_emergency),
        "| sourcing", share(lambda r: r["medicine"] == "sourcing", lambda s: s.is_sourcing),
        "| dosing", share(lambda r: r["medicine"] == "dosing", lambda s: s.is_dosing),
        "| spam", share(lambda r: r["spam"], lambda s: s.is_spam),
        "| alarms", share(lambda r: r["level"] == "green" and not r["emergency"], lambda s: s.needs_help),
        "| medicine alarms", share(
            lambda r: not r["medicine"] and not r["spam"], lambda s: s.is_sourcing or s.is_dosing or s.is_spam
        ),
        flush=True,
    )  # fmt: skip


def rules_with(sentences, chosen):
    """The site's rules with a model learnt from the chosen texts alone."""
    limits, _ = sentences.thresholds(chosen)
    weights, limits = sentences.model(chosen, limits)
    return screening.rules_of().with_model(Model(weights, limits, GROUPS))


def main():
    rows = texts()
    sentences = Sentences(rows)
    everything = list(range(len(rows)))
    if "--check" in sys.argv:
        for writer in sorted({row["writer"] for row in rows} - {"demo"} - KNOWING):
            if len(sys.argv) > 2 and writer not in sys.argv[2:]:
                continue
            rules = rules_with(sentences, [one for one in everything if rows[one]["writer"] not in {writer} | KNOWING])
            report(f"without {writer}:", [row for row in rows if row["writer"] == writer], rules)
        if len(sys.argv) > 2:
            return
        fold = np.random.default_rng(SEED + 1).integers(0, FOLDS, len(rows))

        class Kept:
            def __init__(self):
                self.rules = [
                    rules_with(sentences, [one for one in everything if fold[one] != number]) for number in range(FOLDS)
                ]
                self.of = {id(row["text"]): fold[one] for one, row in enumerate(rows)}

            def screen(self, text):
                return self.rules[self.of[id(text)]].screen(text)

        report(f"{FOLDS} folds:", [row for row in rows if row["writer"] != "demo"], Kept())
        return
    limits, _ = sentences.thresholds(everything)
    weights, limits = sentences.model(everything, limits)
    body = {"thresholds": limits, "weights": weights}
    version = hashlib.sha256(json.dumps(body).encode()).hexdigest()[:12]
    path = DATA / "en.model.json"
    path.write_text(json.dumps({"version": version, **body}, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(version, len(weights), "weights,", path.stat().st_size, "bytes", limits)


if __name__ == "__main__":
    main()
