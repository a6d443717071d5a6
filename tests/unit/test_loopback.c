/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The loopback: one thread at both ends, and two threads. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <tspdm/transport.h>

enum { PATIENCE_US = 20000000, SHORT_US = 20000, MANY = 1000 };

static uint64_t in_us(uint64_t us)
{
	return tspdm_now_us() + us;
}

static enum tspdm_status send_byte(struct tspdm_transport *t, uint8_t byte, uint64_t us)
{
	return t->ops->send(t, TSPDM_KIND_PLAIN, (struct tspdm_view){ &byte, 1 }, in_us(us));
}

static enum tspdm_status receive_byte(struct tspdm_transport *t, uint8_t *byte, uint64_t us)
{
	enum tspdm_message_kind kind;
	struct tspdm_view message = { 0 };
	enum tspdm_status status = t->ops->receive(t, &kind, &message, in_us(us));

	if (status == TSPDM_OK)
		*byte = message.ptr[0];
	return status;
}

static void close_both(struct tspdm_transport *ends[2])
{
	tspdm_transport_close(ends[0]);
	tspdm_transport_close(ends[1]);
}

static void one_thread_can_drive_both_ends(void **state)
{
	(void)state;
	struct tspdm_transport *ends[2];
	uint8_t byte = 0;

	assert_int_equal(tspdm_loopback_pair(&tspdm_binding_doe, ends), TSPDM_OK);
	assert_ptr_equal(ends[0]->binding, &tspdm_binding_doe);
	assert_int_equal(receive_byte(ends[1], &byte, 0), TSPDM_ERR_TIMEOUT);
	assert_int_equal(send_byte(ends[0], 1, 0), TSPDM_OK);
	assert_int_equal(send_byte(ends[0], 2, 0), TSPDM_OK);
	assert_int_equal(send_byte(ends[1], 3, 0), TSPDM_OK);
	assert_int_equal(receive_byte(ends[1], &byte, 0), TSPDM_OK);
	assert_int_equal(byte, 1);
	assert_int_equal(receive_byte(ends[1], &byte, 0), TSPDM_OK);
	assert_int_equal(byte, 2);
	assert_int_equal(receive_byte(ends[0], &byte, 0), TSPDM_OK);
	assert_int_equal(byte, 3);
	assert_int_equal(receive_byte(ends[0], &byte, 0), TSPDM_ERR_TIMEOUT);
	assert_int_equal(ends[0]->ops->poll_handle(ends[0]), -1);
	close_both(ends);
}

static void the_kind_travels_with_the_message(void **state)
{
	(void)state;
	struct tspdm_transport *ends[2];
	enum tspdm_message_kind kind = TSPDM_KIND_PLAIN;
	struct tspdm_view message = { (const uint8_t *)"abc", 3 };

	assert_int_equal(tspdm_loopback_pair(&tspdm_binding_mctp, ends), TSPDM_OK);
	assert_int_equal(ends[0]->ops->send(ends[0], TSPDM_KIND_SECURED, message, 0), TSPDM_OK);
	assert_int_equal(ends[1]->ops->receive(ends[1], &kind, &message, 0), TSPDM_OK);
	assert_int_equal(kind, TSPDM_KIND_SECURED);
	assert_memory_equal(message.ptr, "abc", 3);
	close_both(ends);
}

static void an_empty_queue_waits_for_the_deadline(void **state)
{
	(void)state;
	struct tspdm_transport *ends[2];
	uint64_t before = tspdm_now_us();
	uint8_t byte = 0;

	assert_int_equal(tspdm_loopback_pair(&tspdm_binding_tcp, ends), TSPDM_OK);
	assert_int_equal(receive_byte(ends[0], &byte, SHORT_US), TSPDM_ERR_TIMEOUT);
	assert_true(tspdm_now_us() - before >= SHORT_US);
	close_both(ends);
}

static void a_full_queue_times_out_and_loses_nothing(void **state)
{
	(void)state;
	struct tspdm_transport *ends[2];
	unsigned sent = 0, received = 0;
	uint8_t byte = 0;

	assert_int_equal(tspdm_loopback_pair(&tspdm_binding_tcp, ends), TSPDM_OK);
	while (sent < MANY && send_byte(ends[0], (uint8_t)sent, 0) == TSPDM_OK)
		sent++;
	assert_in_range(sent, 1, MANY - 1);
	assert_int_equal(send_byte(ends[0], 0, 0), TSPDM_ERR_TIMEOUT);
	for (; receive_byte(ends[1], &byte, 0) == TSPDM_OK; received++)
		assert_int_equal(byte, (uint8_t)received);
	assert_int_equal(received, sent);
	close_both(ends);
}

static void what_was_sent_before_closing_is_received(void **state)
{
	(void)state;
	struct tspdm_transport *ends[2];
	uint8_t byte = 0;

	assert_int_equal(tspdm_loopback_pair(&tspdm_binding_tcp, ends), TSPDM_OK);
	assert_int_equal(send_byte(ends[0], 7, 0), TSPDM_OK);
	assert_int_equal(send_byte(ends[1], 8, 0), TSPDM_OK); /* never received: freed with its end */
	tspdm_transport_close(ends[0]);
	assert_int_equal(receive_byte(ends[1], &byte, 0), TSPDM_OK);
	assert_int_equal(byte, 7);
	assert_int_equal(receive_byte(ends[1], &byte, PATIENCE_US), TSPDM_ERR_CLOSED);
	assert_int_equal(send_byte(ends[1], 9, 0), TSPDM_ERR_CLOSED);
	tspdm_transport_close(ends[1]);
}

static void what_does_not_fit_is_refused(void **state)
{
	(void)state;
	static const struct tspdm_binding narrow = { .name = "narrow", .alignment = 1, .max_message = 4 };
	struct tspdm_transport *ends[2];
	struct tspdm_view message = { (const uint8_t *)"12345", 5 };

	assert_int_equal(tspdm_loopback_pair(NULL, ends), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_loopback_pair(&narrow, NULL), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_loopback_pair(&narrow, ends), TSPDM_OK);
	assert_int_equal(ends[0]->ops->send(ends[0], TSPDM_KIND_PLAIN, message, 0), TSPDM_ERR_TOO_LARGE);
	message.len = 0;
	assert_int_equal(ends[0]->ops->send(ends[0], TSPDM_KIND_PLAIN, message, 0), TSPDM_ERR_ARGUMENT);
	close_both(ends);
}

/* Answers each byte with the next one, until the other end closes. */
static void *answer(void *argument)
{
	struct tspdm_transport *t = argument;
	uint8_t byte = 0;

	while (receive_byte(t, &byte, PATIENCE_US) == TSPDM_OK)
		if (send_byte(t, (uint8_t)(byte + 1), PATIENCE_US) != TSPDM_OK)
			break;
	tspdm_transport_close(t);
	return NULL;
}

static void two_threads_can_drive_one_end_each(void **state)
{
	(void)state;
	struct tspdm_transport *ends[2];
	pthread_t thread;

	assert_int_equal(tspdm_loopback_pair(&tspdm_binding_tcp, ends), TSPDM_OK);
	assert_int_equal(pthread_create(&thread, NULL, answer, ends[1]), 0);
	for (unsigned i = 0; i < MANY; i++) {
		uint8_t byte = 0;

		assert_int_equal(send_byte(ends[0], (uint8_t)i, PATIENCE_US), TSPDM_OK);
		assert_int_equal(receive_byte(ends[0], &byte, PATIENCE_US), TSPDM_OK);
		assert_int_equal(byte, (uint8_t)(i + 1));
	}
	tspdm_transport_close(ends[0]);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_thread_can_drive_both_ends),
		cmocka_unit_test(the_kind_travels_with_the_message),
		cmocka_unit_test(an_empty_queue_waits_for_the_deadline),
		cmocka_unit_test(a_full_queue_times_out_and_loses_nothing),
		cmocka_unit_test(what_was_sent_before_closing_is_received),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(two_threads_can_drive_one_end_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
