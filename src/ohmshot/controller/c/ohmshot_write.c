/*
 * The write-verify engine of the ohmshot controller: brings one cell after another to its level by the tables of a
 * programming strategy, through the callbacks of a board's driver. Equal pulse for pulse to
 * ohmshot.controller.write_verify (Python).
 */
#define OHM_WITH_PLAN
#include "ohmshot_controller.h"

/* What is known of a cell that is being written; see ohmshot.controller.write_verify.Cells. */
typedef struct {
    uint32_t level;
    int32_t measured;
    int32_t gate;
    int32_t source;
    int32_t resets;
    int32_t cycles;
    int32_t attempts;
    int32_t gate_shift;
    int32_t source_shift;
} known_cell;

/* Codes of the next RESET and of the SET after it; 0 for none. */
typedef struct {
    int32_t source;
    int32_t gate;
} pulse_pair;

static int32_t shifted(int32_t value, int32_t places)
{
    return (int32_t)ohm_rounded_shift(value, places);
}

static int32_t within(int32_t value, int32_t least, int32_t most)
{
    int32_t result = value;

    if (value < least) {
        result = least;
    } else if (value > most) {
        result = most;
    } else {
        /* within */
    }
    return result;
}

/* Half of a difference, rounded down. */
static int32_t half_down(int32_t value)
{
    return shifted(value - 1, 1);
}

/* RESET code that typically ends at a read code: log2 by the place of the leading one and a table. */
static int32_t typical_source(int32_t read)
{
    const uint32_t held = (read > 1) ? (uint32_t)read : 1U;
    const uint32_t top = (uint32_t)OHM_PLAN_VERIFY_BITS - 1U;
    uint32_t place = 0U;
    uint32_t behind;

    while ((held >> (place + 1U)) != 0U) {
        place += 1U;
    }
    behind = ((held << top) >> place) - ((uint32_t)1U << top);
    return (OHM_PLAN_SOURCE_OFFSET + (((int32_t)top - (int32_t)place) * OHM_PLAN_OCTAVE)) -
           ohm_plan_fractions[(behind * OHM_PLAN_LOG_ENTRIES) >> top];
}

/* SET code that typically ends at a read code. */
static int32_t typical_gate(int32_t read)
{
    return OHM_PLAN_GATE_OFFSET + shifted(read * OHM_PLAN_GATE_SLOPE, OHM_PLAN_RATIO_BITS);
}

static bool accepted(const known_cell *cell)
{
    const int32_t away = cell->measured - ohm_plan_targets[cell->level];
    const int32_t size = (away < 0) ? -away : away;

    return (size <= OHM_PLAN_TOLERANCE) || ((cell->level == 0U) && (cell->measured <= OHM_PLAN_CEILING));
}

/* RESET of a cell that lies above its level: stronger than the last, or the first one. */
static int32_t next_reset(const known_cell *cell)
{
    const int32_t halvings = (cell->cycles < OHM_PLAN_HALVINGS) ? cell->cycles : OHM_PLAN_HALVINGS;
    int32_t code;

    if (cell->source == 0) {
        const uint32_t lead = OHM_PLAN_LEAD >> (uint32_t)halvings;

        code = (ohm_plan_sources[cell->level] + cell->source_shift) - (int32_t)lead;
    } else {
#if OHM_PLAN_CORRECTS
        const int32_t distance = ohm_plan_typical[cell->level] - typical_source(cell->measured);

        code = cell->source + shifted(distance * OHM_PLAN_SOURCE_DAMPING, OHM_PLAN_RATIO_BITS);
#else
        code = cell->source + shifted(OHM_PLAN_STEP, halvings);
#endif
    }
    return within(code, OHM_PLAN_ONSET, OHM_PLAN_FULL);
}

/* SET that begins a cycle. */
static int32_t first_set(const known_cell *cell)
{
#if OHM_PLAN_CORRECTS
    return within(ohm_plan_gates[cell->level] + cell->gate_shift, OHM_PLAN_LOWEST_GATE, OHM_PLAN_HIGHEST_GATE);
#else
    return ohm_plan_gates[cell->level];
#endif
}

static pulse_pair to_reset_state(const known_cell *cell)
{
    pulse_pair next = {OHM_PLAN_FULL, 0};

    if (cell->resets >= OHM_PLAN_RESETS_TO_RETRY) { /* it resists: a new filament */
        next.source = 0;
        next.gate = ohm_plan_gates[0];
    }
    return next;
}

static pulse_pair from_above(const known_cell *cell)
{
    pulse_pair next = {0, 0};

    if ((cell->measured < ohm_plan_targets[cell->level]) || (cell->source >= OHM_PLAN_FULL)) {
        next.gate = first_set(cell);
    } else {
        next.source = next_reset(cell);
    }
    return next;
}

static pulse_pair from_below(const known_cell *cell)
{
    pulse_pair next = {OHM_PLAN_FULL, 0};

#if OHM_PLAN_CORRECTS
    if ((cell->measured < ohm_plan_targets[cell->level]) && (cell->gate > 0)) {
        const int32_t distance = ohm_plan_targets[cell->level] - cell->measured;
        const int32_t code = cell->gate + shifted(distance * OHM_PLAN_GATE_DAMPING, OHM_PLAN_RATIO_BITS);

        next.source = 0;
        next.gate = within(code, OHM_PLAN_LOWEST_GATE, OHM_PLAN_HIGHEST_GATE);
    } else {
        next.gate = first_set(cell);
    }
#else
    next.gate = first_set(cell);
#endif
    return next;
}

static pulse_pair next_pulses(const known_cell *cell)
{
    pulse_pair next;

    if (cell->level == 0U) {
        next = to_reset_state(cell);
    } else if (cell->level <= OHM_PLAN_HIGHEST_FROM_ABOVE) {
        next = from_above(cell);
    } else {
        next = from_below(cell);
    }
    return next;
}

/* Whether pulses contain a SET that does not go on from the SET before. */
static bool begins_cycle(const known_cell *cell, pulse_pair pulses)
{
    return (pulses.gate > 0) && ((pulses.source > 0) || (cell->gate == 0));
}

/* Whether a cell outside its window gets no more pulses. */
static bool given_up(const known_cell *cell, pulse_pair pulses)
{
    const bool worn = (cell->cycles >= OHM_PLAN_MOST_CYCLES) && begins_cycle(cell, pulses);

    return worn || (cell->attempts >= OHM_PLAN_MOST_ATTEMPTS);
}

/* Add an attempt and the read that verified it. */
static void add_attempt(known_cell *cell, pulse_pair pulses, int32_t measured)
{
    const bool is_set = pulses.gate > 0;
    const bool is_reset = pulses.source > 0;

    if (begins_cycle(cell, pulses)) {
        cell->cycles += 1;
    }
    if (is_reset && (cell->gate > 0)) { /* turned down: what the SET before came to */
        cell->gate_shift += half_down((cell->gate - typical_gate(cell->measured)) - cell->gate_shift);
    }
    if (is_set && (cell->source > 0)) { /* turned up: what the RESET before came to */
        cell->source_shift += half_down((cell->source - typical_source(cell->measured)) - cell->source_shift);
    }
    if (is_set) {
        cell->gate = pulses.gate;
        cell->source = 0;
        cell->resets = 0;
    } else if (is_reset) {
        cell->gate = 0;
        cell->source = pulses.source;
        cell->resets = (cell->resets < OHM_PLAN_MOST_RESETS) ? (cell->resets + 1) : cell->resets;
    } else {
        /* a read alone */
    }
    cell->attempts += 1;
    cell->measured = measured;
}

ohm_outcome ohm_write_cell(const ohm_driver *driver, uint16_t address, uint8_t level)
{
    known_cell cell = {0};
    pulse_pair pulses = {0, 0};
    ohm_outcome outcome = OHM_WRITING;
    bool begun = false;

    cell.level = level;
    while (outcome == OHM_WRITING) {
        uint32_t count = 0U;

        if (pulses.source > 0) {
            count += 1U;
        }
        if (pulses.gate > 0) {
            count += 1U;
        }
        if (!driver->may_pulse(driver->context, count)) {
            outcome = OHM_HALTED;
        } else {
            int32_t measured;

            if (count > 0U) {
                driver->pulse(driver->context, address, (uint16_t)pulses.source, (uint16_t)pulses.gate);
            }
            measured = (int32_t)driver->read(driver->context, address);
            if (begun) {
                add_attempt(&cell, pulses, measured);
            } else {
                cell.measured = measured;
                begun = true;
            }
            pulses = next_pulses(&cell);
            if (accepted(&cell)) {
                outcome = OHM_ACCEPTED;
            } else if (given_up(&cell, pulses)) {
                outcome = OHM_MISSED;
            } else {
                /* another attempt */
            }
        }
    }
    return outcome;
}
