/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Tasks: straight-line code that waits for descriptors and times, many at once on one thread. A task runs until it waits,
 * and while it does the others run; so nothing that they share needs a lock, and nothing of it changes between two waits.
 *
 *	struct tasks *tasks = tasks_new();
 *	task_start(tasks, attest_one, &first);		// as often as wanted, also from a task
 *	tasks_run(tasks);
 *	tasks_free(tasks);
 *
 * SIGINT and SIGTERM end what waits: the first one that comes lets each wait end with TSPDM_ERR_INTERRUPTED, the second one
 * does what it always does. */
#ifndef VERIFIER_TASK_H
#define VERIFIER_TASK_H

#include <tspdm/status.h>
#include <tspdm/types.h>

struct tasks;

/* NULL: for want of memory or descriptors. From then on the signals are waited for. */
struct tasks *tasks_new(void);
/* All tasks have ended. NULL is allowed. */
void tasks_free(struct tasks *s);

/* Begins a task, which runs once tasks_run() comes to it. False: no memory for its stack. */
bool task_start(struct tasks *s, void (*run)(void *argument), void *argument);
/* Runs until every task has ended, those that tasks began included. */
void tasks_run(struct tasks *s);

/* The wait of a task, as struct tspdm_wait_hook has it: `tasks` is the hook's context. */
enum tspdm_status task_wait(void *tasks, int fd, short events, uint64_t deadline_us);
/* From now on a signal ends no wait of the running task but those of task_idle(): what it is about is done in order. */
void task_shield(struct tasks *s);
/* The wait of a task that has nothing to do. Outside of tasks, s == NULL, it is poll(2). */
enum tspdm_status task_idle(struct tasks *s, int fd, short events, uint64_t deadline_us);

/* The signal that came; 0: none. */
int tasks_signal(const struct tasks *s);

#endif
