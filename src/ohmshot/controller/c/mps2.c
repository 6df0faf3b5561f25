/*
 * A board for the self-test: Arm's MPS2 with a Cortex-M3 or M4 (AN385, AN386), as QEMU has it. Vector table, memory,
 * the SysTick timer as clock, and output through semihosting. A board of one's own needs the same four things.
 */
#include <stdint.h>

#include "ohmshot_selftest.h"

extern uint32_t ohm_stack_top;
extern uint32_t ohm_bss_begin;
extern uint32_t ohm_bss_end;
extern uint32_t ohm_data_begin;
extern uint32_t ohm_data_end;
extern uint32_t ohm_data_load;

void reset_handler(void);
void stop_handler(void);

#define SYSTICK_CONTROL (*(volatile uint32_t *)0xE000E010UL)
#define SYSTICK_RELOAD (*(volatile uint32_t *)0xE000E014UL)
#define SYSTICK_CURRENT (*(volatile uint32_t *)0xE000E018UL)
#define SYSTICK_MOST 0xFFFFFFUL
#define LOOP_ROUNDS 100000UL /* of two instructions */
#define SYS_WRITE0 4U
#define SYS_EXIT 24U
#define STOPPED_FOR_EXIT 0x20026U
#define STOPPED_FOR_ERROR 0x20023U

static uint32_t semihosting(uint32_t operation, uintptr_t argument)
{
    register uint32_t r0 __asm__("r0") = operation;
    register uintptr_t r1 __asm__("r1") = argument;

    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static uint32_t ticks(void)
{
    static uint32_t total = 0U;
    static uint32_t last = SYSTICK_MOST;
    const uint32_t now = SYSTICK_CURRENT;

    total += (last - now) & SYSTICK_MOST;
    last = now;
    return total;
}

/* Instructions of a loop that is known: what a tick of the clock stands for. */
static void spend(void)
{
    uint32_t rounds = LOOP_ROUNDS;

    __asm__ volatile("1: subs %0, #1\n bne 1b" : "+l"(rounds) : : "cc");
}

static void say(const char *name, uint32_t number)
{
    char text[12];
    uint32_t place = sizeof text - 1U;
    uint32_t rest = number;

    text[place] = '\0';
    do {
        place -= 1U;
        text[place] = (char)('0' + (char)(rest % 10U));
        rest /= 10U;
    } while (rest > 0U);
    (void)semihosting(SYS_WRITE0, (uintptr_t)name);
    (void)semihosting(SYS_WRITE0, (uintptr_t)" ");
    (void)semihosting(SYS_WRITE0, (uintptr_t)&text[place]);
    (void)semihosting(SYS_WRITE0, (uintptr_t)"\n");
}

void reset_handler(void)
{
    static const char *const names[OHM_STAGES] = {"features", "begin", "updates", "arithmetic", "classify"};
    uint32_t counts[OHM_STAGES];
    uint32_t *from = &ohm_data_load;
    uint32_t *to;
    uint32_t wrong;
    uint32_t stage;
    uint32_t started;

    for (to = &ohm_data_begin; to < &ohm_data_end; to++) {
        *to = *from;
        from++;
    }
    for (to = &ohm_bss_begin; to < &ohm_bss_end; to++) {
        *to = 0U;
    }
    SYSTICK_RELOAD = SYSTICK_MOST;
    SYSTICK_CURRENT = 0U;
    SYSTICK_CONTROL = 5U; /* on, counting the processor's clock */
    started = ticks();
    spend();
    say("loop_of_200000", ticks() - started);
    wrong = ohm_self_test(ticks, counts);
    for (stage = 0U; stage < (uint32_t)OHM_STAGES; stage++) {
        say(names[stage], counts[stage]);
    }
    say("wrong", wrong);
    (void)semihosting(SYS_EXIT, (wrong == 0U) ? STOPPED_FOR_EXIT : STOPPED_FOR_ERROR);
    for (;;) {
    }
}

void stop_handler(void)
{
    (void)semihosting(SYS_EXIT, STOPPED_FOR_ERROR);
    for (;;) {
    }
}

__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {
    (void (*)(void))(uintptr_t)&ohm_stack_top,
    reset_handler,
    stop_handler,
    stop_handler,
    stop_handler,
    stop_handler,
    stop_handler,
    0,
    0,
    0,
    0,
    stop_handler,
    stop_handler,
    0,
    stop_handler,
    stop_handler,
};
