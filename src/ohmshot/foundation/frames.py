"""Tables for people who work with pandas."""

from typing import TYPE_CHECKING

import polars as pl

from ohmshot.foundation.errors import SettingsError

if TYPE_CHECKING:
    import pandas as pd


def pandas_frame(frame: pl.DataFrame) -> "pd.DataFrame":
    """Return a frame as one of pandas, column by column: the way of Polars itself needs PyArrow besides.

    Raises:
        SettingsError: pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise SettingsError(
            "pandas is not installed: pip install 'ohmshot[pandas]', or take the Polars frame."
        ) from error
    return pd.DataFrame({name: frame[name].to_list() for name in frame.columns})
