from ohmshot.bundle.file import shipped_bundle
from ohmshot.sweep.configuration import BundleChanges, as_changes


def test_a_bundle_takes_fewer_or_more_updates_other_rates_and_another_scale() -> None:
    bundle = shipped_bundle("four-convolutions")
    rates = bundle.header.rates
    assert BundleChanges(updates=2).apply_to(bundle).header.rates == rates[:2]
    assert BundleChanges(updates=7).apply_to(bundle).header.rates == rates + rates[-1:] * 2
    assert BundleChanges(rate_factor=0.5).apply_to(bundle).rates[0, 1] == bundle.rates[0, 1] / 2
    scaled = BundleChanges(second_full_scale=0.5).apply_to(bundle).header.mapping
    assert scaled.weight_full_scale == (bundle.header.mapping.weight_full_scale[0], 0.5)
    assert BundleChanges().apply_to(bundle).digest == as_changes(bundle).apply_to(bundle).digest == bundle.digest
