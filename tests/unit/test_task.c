/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The verifier's tasks: that they wait without one another, however many they are, and what a signal does to them. */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <tspdm/transport.h>

#include "task.h"

enum {
	MANY = 2000,
	PATIENCE_US = 20000000,
	MS_US = 1000,
};

static struct tasks *tasks;

static int setup(void **state)
{
	(void)state;
	tasks = tasks_new();
	return tasks != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	tasks_free(tasks);
	return 0;
}

/* ---- Waiting ---- */

static struct {
	unsigned running, most, done, starts;
} count;

static void sleeper(void *us)
{
	uint64_t deadline_us = tspdm_now_us() + (uint64_t)(uintptr_t)us;
	volatile uint8_t room[4096]; /* its own stack, which nobody else writes to */

	memset((uint8_t *)room, (int)count.starts, sizeof room);
	room[0] = (uint8_t)count.starts++;
	count.most = ++count.running > count.most ? count.running : count.most;
	assert_int_equal(task_wait(tasks, -1, 0, deadline_us), TSPDM_ERR_TIMEOUT);
	assert_true(tspdm_now_us() >= deadline_us);
	for (size_t i = 0; i < sizeof room; i++)
		assert_int_equal(room[i], room[0]);
	count.running--;
	count.done++;
}

static void many_wait_at_the_same_time(void **state)
{
	(void)state;
	uint64_t before_us = tspdm_now_us();

	memset(&count, 0, sizeof count);
	for (unsigned i = 0; i < MANY; i++)
		assert_true(task_start(tasks, sleeper, (void *)(uintptr_t)(300 * MS_US)));
	tasks_run(tasks);
	assert_int_equal(count.done, MANY);
	assert_int_equal(count.most, MANY);
	/* one after the other they would take ten minutes */
	assert_true(tspdm_now_us() - before_us < PATIENCE_US);
}

static void starter(void *levels)
{
	uintptr_t left = (uintptr_t)levels;

	for (unsigned i = 0; left != 0 && i < 3; i++)
		assert_true(task_start(tasks, starter, (void *)(left - 1)));
	assert_int_equal(task_wait(tasks, -1, 0, 0), TSPDM_ERR_TIMEOUT);
	count.done++;
}

static void a_task_may_begin_others(void **state)
{
	(void)state;
	memset(&count, 0, sizeof count);
	assert_true(task_start(tasks, starter, (void *)4));
	tasks_run(tasks);
	assert_int_equal(count.done, 1 + 3 + 9 + 27 + 81);
	tasks_run(tasks); /* there is nobody left: no time is spent */
	assert_true(task_start(tasks, starter, (void *)0));
	tasks_run(tasks);
	assert_int_equal(count.done, 122);
}

/* ---- Descriptors ---- */

struct player {
	int fd;
	unsigned left;
	uint8_t last;
};

static void play(void *player)
{
	struct player *p = player;

	while (p->left-- != 0) {
		uint8_t byte;

		assert_int_equal(task_wait(tasks, p->fd, POLLIN, tspdm_now_us() + PATIENCE_US), TSPDM_OK);
		assert_int_equal(read(p->fd, &byte, 1), 1);
		p->last = byte++;
		assert_int_equal(task_wait(tasks, p->fd, POLLOUT, tspdm_now_us() + PATIENCE_US), TSPDM_OK);
		assert_int_equal(write(p->fd, &byte, 1), 1);
	}
}

static void tasks_talk_to_one_another(void **state)
{
	(void)state;
	enum { PAIRS = 100, ROUNDS = 20 };
	static struct player players[PAIRS][2];

	for (unsigned i = 0; i < PAIRS; i++) {
		int fds[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		assert_int_equal(write(fds[1], "", 1), 1);
		for (unsigned k = 0; k < 2; k++) {
			players[i][k] = (struct player){ .fd = fds[k], .left = ROUNDS };
			assert_true(task_start(tasks, play, &players[i][k]));
		}
	}
	tasks_run(tasks);
	for (unsigned i = 0; i < PAIRS; i++) {
		assert_int_equal(players[i][1].last, 2 * ROUNDS - 1);
		close(players[i][0].fd);
		close(players[i][1].fd);
	}
}

static void asker(void *fds)
{
	const int *pair = fds;

	/* nothing is there; a deadline that is past asks only */
	assert_int_equal(task_wait(tasks, pair[0], POLLIN, 0), TSPDM_ERR_TIMEOUT);
	assert_int_equal(task_wait(tasks, pair[0], POLLIN, tspdm_now_us() + 20 * MS_US), TSPDM_ERR_TIMEOUT);
	assert_int_equal(task_wait(tasks, pair[0], POLLOUT, 0), TSPDM_OK);
	assert_int_equal(write(pair[1], "", 1), 1);
	assert_int_equal(task_wait(tasks, pair[0], POLLIN, 0), TSPDM_OK);
	assert_int_equal(task_wait(tasks, pair[0], POLLIN, UINT64_MAX), TSPDM_OK);
	close(pair[1]);
	assert_int_equal(task_wait(tasks, pair[0], POLLIN, UINT64_MAX), TSPDM_OK); /* the end is something to read */
	count.done++;
}

static void a_descriptor_is_ready_or_it_is_too_late(void **state)
{
	(void)state;
	int fds[2];

	memset(&count, 0, sizeof count);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_true(task_start(tasks, asker, fds));
	tasks_run(tasks);
	assert_int_equal(count.done, 1);
	close(fds[0]);
}

static void hog(void *fds)
{
	const int *pair = fds;
	uint64_t until_us = tspdm_now_us() + 100 * MS_US;

	assert_int_equal(write(pair[1], "", 1), 1);
	while (tspdm_now_us() < until_us)
		continue;
	count.done++;
}

static void reader(void *fds)
{
	const int *pair = fds;

	assert_int_equal(task_wait(tasks, pair[0], POLLIN, tspdm_now_us() + 20 * MS_US), TSPDM_OK);
	count.done++;
}

/* It came in time, and the thread was busy with somebody else for longer than the deadline. */
static void an_answer_that_came_in_time_is_not_late(void **state)
{
	(void)state;
	int fds[2];

	memset(&count, 0, sizeof count);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_true(task_start(tasks, reader, fds));
	assert_true(task_start(tasks, hog, fds));
	tasks_run(tasks);
	assert_int_equal(count.done, 2);
	close(fds[0]);
	close(fds[1]);
}

/* ---- Signals ---- */

static void cancelled(void *unused)
{
	(void)unused;
	assert_int_equal(task_wait(tasks, -1, 0, tspdm_now_us() + PATIENCE_US), TSPDM_ERR_INTERRUPTED);
	assert_int_equal(task_wait(tasks, -1, 0, UINT64_MAX), TSPDM_ERR_INTERRUPTED);
	count.done++;
}

static void shielded(void *unused)
{
	(void)unused;
	task_shield(tasks);
	assert_int_equal(task_wait(tasks, -1, 0, tspdm_now_us() + 200 * MS_US), TSPDM_ERR_TIMEOUT);
	assert_int_equal(tasks_signal(tasks), SIGTERM);
	assert_int_equal(task_idle(tasks, -1, 0, UINT64_MAX), TSPDM_ERR_INTERRUPTED);
	assert_int_equal(task_wait(tasks, -1, 0, tspdm_now_us() + MS_US), TSPDM_ERR_TIMEOUT);
	count.done++;
}

static void idler(void *unused)
{
	(void)unused;
	task_shield(tasks);
	assert_int_equal(task_idle(tasks, -1, 0, UINT64_MAX), TSPDM_ERR_INTERRUPTED);
	count.done++;
}

static void killer(void *unused)
{
	(void)unused;
	assert_int_equal(task_wait(tasks, -1, 0, tspdm_now_us() + 50 * MS_US), TSPDM_ERR_TIMEOUT);
	assert_int_equal(tasks_signal(tasks), 0);
	assert_int_equal(raise(SIGTERM), 0);
	count.done++;
}

static volatile sig_atomic_t came;

static void on_signal(int number)
{
	came = number;
}

static void a_signal_ends_what_waits_but_for_what_is_done_in_order(void **state)
{
	(void)state;
	static void (*const all[])(void *) = { cancelled, shielded, idler, killer, cancelled };

	memset(&count, 0, sizeof count);
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		assert_true(task_start(tasks, all[i], NULL));
	tasks_run(tasks);
	assert_int_equal(count.done, sizeof all / sizeof all[0]);
	assert_int_equal(tasks_signal(tasks), SIGTERM);
}

/* As if the tasks were not there: whoever waits in vain for an end in order gets it at the second time. */
static void a_second_signal_does_what_it_always_does(void **state)
{
	struct sigaction before, action = { .sa_handler = on_signal };

	(void)state;
	tasks_free(tasks);
	assert_int_equal(sigaction(SIGTERM, &action, &before), 0);
	tasks = tasks_new();
	assert_non_null(tasks);
	came = 0;
	assert_true(task_start(tasks, idler, NULL));
	assert_true(task_start(tasks, killer, NULL));
	tasks_run(tasks);
	assert_int_equal(came, 0);
	assert_int_equal(raise(SIGTERM), 0);
	assert_int_equal(came, SIGTERM);
	assert_int_equal(sigaction(SIGTERM, &before, NULL), 0);
}

static void outside_of_tasks_waiting_is_the_systems(void **state)
{
	(void)state;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	task_shield(NULL);
	assert_int_equal(task_idle(NULL, fds[0], POLLIN, tspdm_now_us() + 5 * MS_US), TSPDM_ERR_TIMEOUT);
	assert_int_equal(write(fds[1], "", 1), 1);
	assert_int_equal(task_idle(NULL, fds[0], POLLIN, UINT64_MAX), TSPDM_OK);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(many_wait_at_the_same_time, setup, teardown),
		cmocka_unit_test_setup_teardown(a_task_may_begin_others, setup, teardown),
		cmocka_unit_test_setup_teardown(tasks_talk_to_one_another, setup, teardown),
		cmocka_unit_test_setup_teardown(a_descriptor_is_ready_or_it_is_too_late, setup, teardown),
		cmocka_unit_test_setup_teardown(an_answer_that_came_in_time_is_not_late, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_signal_ends_what_waits_but_for_what_is_done_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(a_second_signal_does_what_it_always_does, setup, teardown),
		cmocka_unit_test(outside_of_tasks_waiting_is_the_systems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
