/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Who may come in to the attester, and who has to go for another one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "attester/crowd.h"

enum { MANY = 2000, SECOND_US = 1000000 };

static const struct peer_address nowhere;

static struct peer_address address(unsigned number)
{
	struct peer_address a = { .len = 4 };

	memcpy(a.bytes, &number, sizeof number);
	return a;
}

static void join(struct crowd *crowd, struct member *m, unsigned number, uint64_t now_us)
{
	const struct peer_address from = address(number);

	assert_true(crowd_join(crowd, m, &from, now_us));
}

static void a_crowd_has_its_limit(void **state)
{
	const struct crowd_limits limits = { .connections = 2 };
	struct member members[2];
	struct crowd crowd;

	(void)state;
	crowd_init(&crowd, &limits);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(crowd_admits(&crowd, &nowhere), ADMITTED);
		assert_true(crowd_join(&crowd, &members[i], &nowhere, 0));
	}
	assert_int_equal(crowd_admits(&crowd, &nowhere), REFUSED_CONNECTIONS);
	crowd_heard(&crowd, &members[0], STANDING_SERVED, 1);
	assert_int_equal(crowd_admits(&crowd, &nowhere), REFUSED_CONNECTIONS);
	crowd_leave(&crowd, &members[0]);
	assert_int_equal(crowd_admits(&crowd, &nowhere), ADMITTED);
	crowd_leave(&crowd, &members[1]);
	assert_int_equal(crowd_count(&crowd), 0);
	crowd_free(&crowd);
}

static void handshakes_are_those_that_came_to_nothing_yet(void **state)
{
	const struct crowd_limits limits = { .connections = 10, .handshakes = 2 };
	struct member members[3];
	struct crowd crowd;

	(void)state;
	crowd_init(&crowd, &limits);
	assert_true(crowd_join(&crowd, &members[0], &nowhere, 0));
	assert_true(crowd_join(&crowd, &members[1], &nowhere, 0));
	crowd_heard(&crowd, &members[0], STANDING_TALKING, 1);
	assert_int_equal(crowd_handshakes(&crowd), 2);
	assert_int_equal(crowd_admits(&crowd, &nowhere), REFUSED_HANDSHAKES);
	crowd_heard(&crowd, &members[0], STANDING_SERVED, 2);
	assert_int_equal(crowd_handshakes(&crowd), 1);
	assert_int_equal(crowd_count(&crowd), 2);
	assert_int_equal(crowd_admits(&crowd, &nowhere), ADMITTED);
	assert_true(crowd_join(&crowd, &members[2], &nowhere, 3));
	for (size_t i = 0; i < 3; i++)
		crowd_leave(&crowd, &members[i]);
	crowd_free(&crowd);
}

static void each_address_has_its_own_limit(void **state)
{
	static struct member members[MANY];
	const struct crowd_limits limits = { .connections = 2 * MANY, .per_peer = 2 };
	const struct peer_address first = address(0), other = address(MANY);
	struct peer_address longer = first;
	struct crowd crowd;

	(void)state;
	longer.len = 8; /* of another kind, though it begins alike */
	crowd_init(&crowd, &limits);
	for (unsigned i = 0; i < MANY; i++)
		join(&crowd, &members[i], i / 2 * 7919 % MANY, 0);
	assert_int_equal(crowd_admits(&crowd, &first), REFUSED_PEER);
	assert_int_equal(crowd_admits(&crowd, &other), ADMITTED);
	assert_int_equal(crowd_admits(&crowd, &longer), ADMITTED);
	assert_int_equal(crowd_admits(&crowd, &nowhere), ADMITTED);
	crowd_leave(&crowd, &members[1]);
	assert_int_equal(crowd_admits(&crowd, &first), ADMITTED);
	for (unsigned i = 0; i < MANY; i++)
		if (i != 1)
			crowd_leave(&crowd, &members[i]);
	assert_null(crowd.peers); /* nobody is remembered who has left */
	crowd_free(&crowd);
}

static void who_says_nothing_goes_first(void **state)
{
	const struct crowd_limits limits = { .connections = 10 };
	struct member talking, mute, later, served;
	uint64_t now_us = 100 * SECOND_US;
	struct crowd crowd;

	(void)state;
	crowd_init(&crowd, &limits);
	join(&crowd, &served, 1, now_us);
	join(&crowd, &talking, 1, now_us);
	join(&crowd, &mute, 1, now_us + 1);
	join(&crowd, &later, 1, now_us + 2);
	crowd_heard(&crowd, &served, STANDING_SERVED, now_us + 3);
	crowd_heard(&crowd, &talking, STANDING_TALKING, now_us + 3);
	assert_null(crowd_idlest(&crowd, NULL, now_us + 1000)); /* they have only just come */
	assert_ptr_equal(crowd_idlest(&crowd, NULL, now_us + SECOND_US), &mute);
	crowd_leave(&crowd, &mute);
	assert_ptr_equal(crowd_idlest(&crowd, NULL, now_us + SECOND_US), &later);
	crowd_leave(&crowd, &later);
	assert_null(crowd_idlest(&crowd, NULL, now_us + SECOND_US)); /* who was answered may be at work on that */
	assert_ptr_equal(crowd_idlest(&crowd, NULL, now_us + 10 * SECOND_US), &talking);
	crowd_heard(&crowd, &talking, STANDING_TALKING, now_us + 9 * SECOND_US);
	assert_null(crowd_idlest(&crowd, NULL, now_us + 10 * SECOND_US));
	crowd_leave(&crowd, &talking);
	assert_null(crowd_idlest(&crowd, NULL, now_us + 1000 * SECOND_US)); /* nobody goes who was served */
	assert_ptr_equal(crowd_oldest(&crowd, STANDING_SERVED), &served);
	crowd_leave(&crowd, &served);
	assert_null(crowd_oldest(&crowd, STANDING_SERVED));
	crowd_free(&crowd);
}

static void of_those_who_talk_the_longest_silent_goes(void **state)
{
	const struct crowd_limits limits = { .connections = 10 };
	struct member members[4];
	struct crowd crowd;

	(void)state;
	crowd_init(&crowd, &limits);
	for (unsigned i = 0; i < 4; i++)
		join(&crowd, &members[i], i, i);
	for (unsigned i = 0; i < 4; i++)
		crowd_heard(&crowd, &members[i], STANDING_TALKING, 10 + i);
	crowd_heard(&crowd, &members[0], STANDING_TALKING, 20);
	assert_ptr_equal(crowd_idlest(&crowd, &members[1], 100 * SECOND_US), &members[2]); /* who asks does not go */
	assert_ptr_equal(crowd_idlest(&crowd, &members[3], 100 * SECOND_US), &members[1]);
	for (unsigned i = 1; i <= 4; i++) {
		assert_ptr_equal(crowd_idlest(&crowd, NULL, 100 * SECOND_US), &members[i % 4]);
		assert_true(i != 4 || crowd_idlest(&crowd, &members[0], 100 * SECOND_US) == NULL);
		crowd_leave(&crowd, &members[i % 4]);
	}
	crowd_free(&crowd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crowd_has_its_limit),
		cmocka_unit_test(handshakes_are_those_that_came_to_nothing_yet),
		cmocka_unit_test(each_address_has_its_own_limit),
		cmocka_unit_test(who_says_nothing_goes_first),
		cmocka_unit_test(of_those_who_talk_the_longest_silent_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
