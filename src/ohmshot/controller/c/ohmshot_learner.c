/*
 * Five updates without a computer: the blocks of the ohmshot controller in their order, through the callbacks of a
 * board's driver. All memory is the caller's (ohm_state).
 */
#define OHM_WITH_PLACEMENT
#include "ohmshot_controller.h"

#define LAST (OHM_LAYERS - 1U)

#if OHM_LAYERS == 2
#define LAST_INPUTS hidden
#else
#define LAST_INPUTS drive
#endif

/* Write the cells of one pair whose level has moved; false where the driver has halted. */
static bool write_pair(const ohm_driver *driver, uint32_t plus, int8_t before, int8_t now, ohm_report *report)
{
    int32_t was = before;
    int32_t wanted = now;
    uint32_t side;
    bool goes_on = true;

    for (side = 0U; (side < 2U) && goes_on; side++) {
        const uint8_t level = (wanted > 0) ? (uint8_t)wanted : 0U;

        if (level != ((was > 0) ? (uint8_t)was : 0U)) {
            const ohm_outcome outcome = ohm_write_cell(driver, (uint16_t)(plus + side), level);

            goes_on = outcome != OHM_HALTED;
            report->changed += 1U;
            if (outcome == OHM_MISSED) {
                report->missed += 1U;
            }
        }
        was = -was; /* the minus cell holds what is below 0 */
        wanted = -wanted;
    }
    return goes_on;
}

/* Write all cells of a layer whose level has moved. */
static bool write_layer(const ohm_driver *driver, uint32_t layer, const int8_t levels[], const int8_t before[],
                        ohm_report *report)
{
    const uint32_t columns = (uint32_t)ohm_outputs[layer] * ohm_copies[layer];
    bool goes_on = true;
    uint32_t b;

    for (b = ohm_first_block[layer]; b < ohm_first_block[layer + 1U]; b++) {
        const ohm_block *block = &ohm_blocks[b];
        uint32_t i;

        for (i = 0U; i < block->inputs; i++) {
            uint32_t k;

            for (k = 0U; (k < block->outputs) && goes_on; k++) {
                const uint32_t pair = ((block->first_input + i) * columns) + block->first_output + k;
                const uint32_t plus = ((block->row + i) * OHM_COLUMNS) + (2U * (block->pair + k));

                goes_on = write_pair(driver, plus, before[pair], levels[pair], report);
            }
        }
    }
    return goes_on;
}

/* Sums of converter codes of one layer: plus less minus, blocks and copies added up. */
static void sums_of(ohm_state *state, const ohm_driver *driver, uint32_t layer, uint32_t count, const int16_t drive[])
{
    const uint32_t columns = ohm_outputs[layer];
    const uint32_t rows = ohm_inputs[layer];
    uint32_t b;
    uint32_t n;

    for (n = 0U; n < (count * columns); n++) {
        state->errors[n] = 0;
    }
    for (b = ohm_first_block[layer]; b < ohm_first_block[layer + 1U]; b++) {
        const ohm_block *block = &ohm_blocks[b];

        driver->multiply(driver->context, block, count, &drive[block->first_input], rows, state->codes);
        for (n = 0U; n < count; n++) {
            uint32_t k;

            for (k = 0U; k < block->outputs; k++) {
                const int16_t *codes = &state->codes[2U * ((n * block->outputs) + k)];

                state->errors[(n * columns) + ((block->first_output + k) % columns)] += (int32_t)codes[0] - codes[1];
            }
        }
    }
}

#if OHM_LAYERS == 2
/* Run the first layer: drive codes of the hidden units of so many examples, the constant one behind them. */
static void run_first_layer(ohm_state *state, const ohm_driver *driver, uint32_t count, const int16_t drive[],
                            int16_t hidden[])
{
    uint32_t n;

    sums_of(state, driver, 0U, count, drive);
    for (n = 0U; n < count; n++) {
        ohm_hidden(&state->errors[n * OHM_HIDDEN], &hidden[n * (OHM_HIDDEN + 1U)]);
        hidden[(n * (OHM_HIDDEN + 1U)) + OHM_HIDDEN] = ohm_constants[1];
    }
}
#endif

/* Drive codes of an example's features, the constant one behind them. */
static void drive_of(const ohm_state *state, const int16_t features[OHM_FEATURES], int16_t drive[OHM_FEATURES + 1U])
{
#if OHM_STANDARDISES
    ohm_drive(&state->standard, features, drive);
#else
    uint32_t f;

    (void)state;
    for (f = 0U; f < OHM_FEATURES; f++) {
        drive[f] = features[f];
    }
#endif
    drive[OHM_FEATURES] = ohm_constants[0];
}

ohm_report ohm_initialise(const ohm_driver *driver)
{
    ohm_report report = {0U, 0U, false};
    uint32_t cell;

    for (cell = 0U; (cell < OHM_CELLS) && !report.halted; cell++) {
        const ohm_outcome outcome = ohm_write_cell(driver, (uint16_t)cell, ohm_initial_cells[cell]);

        report.changed += 1U;
        report.halted = outcome == OHM_HALTED;
        if (outcome == OHM_MISSED) {
            report.missed += 1U;
        }
    }
    return report;
}

void ohm_start(ohm_state *state)
{
    uint32_t k;

    for (k = 0U; k < OHM_WEIGHTS; k++) {
        state->weights[k] = ohm_initial_weights[k];
    }
    for (k = 0U; k < OHM_PAIRS; k++) {
        state->levels[k] = ohm_initial_levels[k];
    }
}

void ohm_begin(ohm_state *state, const ohm_driver *driver, const int16_t features[OHM_EXAMPLES][OHM_FEATURES],
               const uint8_t labels[OHM_EXAMPLES])
{
    uint32_t n;

#if OHM_STANDARDISES
    ohm_measure(features, labels, &state->standard);
#endif
    for (n = 0U; n < OHM_EXAMPLES; n++) {
        state->labels[n] = labels[n];
        drive_of(state, features[n], &state->drive[n * (OHM_FEATURES + 1U)]);
    }
#if (OHM_LAYERS == 2) && !OHM_FIRST_LEARNS
    run_first_layer(state, driver, OHM_EXAMPLES, state->drive, state->hidden);
#else
    (void)driver;
#endif
}

/* Errors of the last layer in place of its sums; differences as well where they are carried back. */
static void errors_of(ohm_state *state, uint32_t update)
{
    uint32_t n;

    for (n = 0U; n < OHM_EXAMPLES; n++) {
        int32_t *errors = &state->errors[n * OHM_WAYS];
        int32_t differences[OHM_WAYS];

        ohm_differences(errors, state->labels[n], differences);
#if OHM_FIRST_LEARNS
        {
            uint32_t j;

            for (j = 0U; j < OHM_WAYS; j++) {
                state->differences[(n * OHM_WAYS) + j] = differences[j];
            }
        }
#endif
        ohm_errors(LAST, update, state->labels[n], OHM_WAYS, differences, errors);
    }
}

ohm_report ohm_update(ohm_state *state, const ohm_driver *driver, uint32_t update)
{
    ohm_report report = {0U, 0U, false};
    int8_t *levels = &state->levels[ohm_pairs_before[LAST]];
    int8_t *before = &state->before[ohm_pairs_before[LAST]];

#if OHM_FIRST_LEARNS
    run_first_layer(state, driver, OHM_EXAMPLES, state->drive, state->hidden);
#endif
    sums_of(state, driver, LAST, OHM_EXAMPLES, state->LAST_INPUTS);
    errors_of(state, update);
#if OHM_FIRST_LEARNS
    /* The levels that carry the error back are those of before this update: keep them until both layers have moved. */
    (void)ohm_learn(LAST, state->LAST_INPUTS, state->errors, &state->weights[ohm_weights_before[LAST]], levels,
                    before);
    {
        uint32_t n;

        for (n = 0U; n < OHM_EXAMPLES; n++) {
            int32_t carried[OHM_HIDDEN];

            ohm_carry(&state->differences[n * OHM_WAYS], before, &state->hidden[n * (OHM_HIDDEN + 1U)], carried);
            ohm_errors(0U, update, state->labels[n], OHM_HIDDEN, carried, &state->errors[n * OHM_HIDDEN]);
        }
    }
    (void)ohm_learn(0U, state->drive, state->errors, state->weights, state->levels, state->before);
    report.halted = !write_layer(driver, 0U, state->levels, state->before, &report);
#else
    (void)ohm_learn(LAST, state->LAST_INPUTS, state->errors, &state->weights[ohm_weights_before[LAST]], levels,
                    before);
#endif
    if (!report.halted) {
        report.halted = !write_layer(driver, LAST, levels, before, &report);
    }
    return report;
}

uint8_t ohm_classify(ohm_state *state, const ohm_driver *driver, const int16_t features[OHM_FEATURES],
                     int32_t sums[OHM_WAYS])
{
    int16_t drive[OHM_FEATURES + 1U];
    uint8_t best = 0U;
    uint32_t j;

    drive_of(state, features, drive);
#if OHM_LAYERS == 2
    {
        int16_t hidden[OHM_HIDDEN + 1U];

        run_first_layer(state, driver, 1U, drive, hidden);
        sums_of(state, driver, LAST, 1U, hidden);
    }
#else
    sums_of(state, driver, LAST, 1U, drive);
#endif
    for (j = 0U; j < OHM_WAYS; j++) {
        sums[j] = state->errors[j];
        if (sums[j] > sums[best]) {
            best = (uint8_t)j;
        }
    }
    return best;
}
