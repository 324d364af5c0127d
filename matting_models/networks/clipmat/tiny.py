"""A small CLIP at random, saved as transformers saves released ones, with a tokenizer of its own: for tests and
benchmarks without downloaded weights."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matting_models.weights import models_extra, no_progress_bar

with models_extra("a tiny CLIP"):
    import torch
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers
    from transformers import CLIPConfig, CLIPModel

START, END = "<|startoftext|>", "<|endoftext|>"
WORD_END = "</w>"
POSITIONS = 77
_WORDS = Regex(r"\p{L}+|\p{N}|[^\s\p{L}\p{N}]+")


def save_tiny(
    folder: Path, texts: Sequence[str], hidden: int = 32, layers: int = 4, patch: int = 16, side: int = 64
) -> Path:
    """A CLIP whose two towers are alike.

    Args:
        folder: where to; made if it is missing.
        texts: what pieces of words are merged for; other words fall into more pieces.
        hidden, layers: of either tower; heads of 16 channels.
        patch, side: in pixels.

    Returns:
        The folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = _save_tokenizer(folder, texts)
    tower = {
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": max(1, hidden // 16),
        "intermediate_size": 4 * hidden,
    }
    ends = {"bos_token_id": vocabulary - 2, "eos_token_id": vocabulary - 1, "pad_token_id": vocabulary - 1}
    text = tower | ends | {"vocab_size": vocabulary, "max_position_embeddings": POSITIONS}
    vision = tower | {"patch_size": patch, "image_size": side}
    with torch.random.fork_rng(devices=[]), no_progress_bar():
        torch.manual_seed(0)
        CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=hidden)).save_pretrained(folder)
    return folder


def _save_tokenizer(folder: Path, texts: Sequence[str]) -> int:
    """Write vocab.json, merges.txt and tokenizer_config.json; returns how many tokens there are."""
    merges = _merges(texts)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    names = [*alphabet, *(letter + WORD_END for letter in alphabet), *("".join(pair) for pair in merges), START, END]
    vocabulary = {name: number for number, name in enumerate(dict.fromkeys(names))}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    settings = {"tokenizer_class": "CLIPTokenizer", "bos_token": START, "eos_token": END, "pad_token": END,
                "unk_token": END, "model_max_length": POSITIONS}  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return len(vocabulary)


def _merges(texts: Sequence[str]) -> list[tuple[str, str]]:
    """Byte pairs that make whole words of what the texts say."""
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix=WORD_END))
    split = pre_tokenizers.Split(_WORDS, behavior="removed", invert=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    trainer = trainers.BpeTrainer(vocab_size=20_000, end_of_word_suffix=WORD_END, show_progress=False)
    tokenizer.train_from_iterator([text.lower() for text in texts], trainer)
    found: list[Any] = json.loads(tokenizer.to_str())["model"]["merges"]
    return [(pair[0], pair[1]) for pair in found]
