"""Pictures of a person's own classes, for the tests of several rooms."""

from pathlib import Path

from PIL import Image, ImageOps

from ohmshot.data.invented import invented_alphabets


def write_pictures(folder: Path, seed: int = 5) -> Path:
    """Five classes, six pictures each, five of them in "support": large, small, light on dark, dark on light."""
    drawings = invented_alphabets(seed, 1, 5, 6)
    for character in range(5):
        for number in range(6):
            picture = Image.fromarray(255 - drawings.values[character, number].numpy())
            picture = picture.resize((200 + 30 * number, 200), Image.Resampling.BICUBIC)
            picture = ImageOps.invert(picture) if number % 2 else picture
            place = folder / ("support" if number < 5 else "query") / f"sign {character}"
            place.mkdir(parents=True, exist_ok=True)
            picture.save(place / f"{number}.{'png' if number % 3 else 'jpg'}")
    return folder
