/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The /dev/attestation source against an injected table of system calls, behind which a library OS shows its files: a quote
 * is made when it is opened, from the report data written last. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <tspdm/sgx_attestation.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum { QUOTE_LEN = 48 + 384 + 4 + 64, ATTEMPTS = 3, FOREVER = 1000000 };

enum file { TYPE, DATA, QUOTE, FILES };
enum call { NONE, OPEN, READ, WRITE, CLOSE, ANY };

static const char *const names[FILES] = { "attestation_type", "user_report_data", "quote" };

/* What a test sets; zero but for the type is an enclave in order. */
static struct machine {
	const char *type;
	enum call fails; /* calls of this kind on this file fail, `after` of them let pass first, `times` times */
	enum file on;
	unsigned after, times;
	int error;
	size_t chunk;    /* bytes that a read() gives at most; 0: any number */
	unsigned shorts; /* so many writes take only a part */
	unsigned
		intruders; /* so many times somebody else in the process writes report data before the quote is opened */
	bool is_td;        /* the quote is a TD's */
	bool is_endless;   /* the quote has no end */
} machine;

static struct {
	unsigned calls, open_files, quotes;
	uint8_t data[TSPDM_REPORT_DATA_LEN];
	uint8_t value[4096];
	size_t len, at;
} seen;

static char why[512];

static bool is_failing(enum call call, enum file on)
{
	seen.calls++;
	if (machine.times == 0 || (machine.fails != ANY && (machine.fails != call || machine.on != on)))
		return false;
	if (machine.after > 0) {
		machine.after--;
		return false;
	}
	machine.times--;
	errno = machine.error;
	return true;
}

/* A quote of version 3, or a TD's of version 4, filled in only where it is looked at. */
static void make_quote(void)
{
	size_t body_len = machine.is_td ? 584 : 384;

	if (machine.intruders > 0) {
		machine.intruders--;
		memset(seen.data, 0xEE, sizeof seen.data);
	}
	seen.quotes++;
	seen.len = 48 + body_len + 4 + 64;
	memset(seen.value, 0, sizeof seen.value);
	seen.value[0] = machine.is_td ? 4 : 3;
	seen.value[2] = 2;
	seen.value[4] = machine.is_td ? 0x81 : 0;
	memcpy(seen.value + 48 + body_len - 64, seen.data, sizeof seen.data);
	seen.value[48 + body_len] = 64;
	memset(seen.value + 48 + body_len + 4, 0x33, 64);
}

static int fake_open(const char *path, int flags)
{
	static const char root[] = "/dev/attestation/";
	enum file file = TYPE;

	assert_memory_equal(path, root, sizeof root - 1);
	while (file < FILES && strcmp(names[file], path + sizeof root - 1) != 0)
		file++;
	assert_true(file < FILES);
	assert_int_equal(flags & O_ACCMODE, file == DATA ? O_WRONLY : O_RDONLY);
	if (is_failing(OPEN, file))
		return -1;
	seen.open_files++;
	seen.at = 0;
	if (file == TYPE)
		seen.len = (size_t)snprintf((char *)seen.value, sizeof seen.value, "%s", machine.type);
	if (file == QUOTE)
		make_quote();
	return (int)file;
}

static ssize_t fake_read(int fd, void *out, size_t cap)
{
	size_t n = seen.len - seen.at;

	if (is_failing(READ, (enum file)fd))
		return -1;
	if (machine.is_endless && fd == QUOTE) {
		memset(out, 3, cap);
		return (ssize_t)cap;
	}
	n = n < cap ? n : cap;
	if (machine.chunk != 0 && n > machine.chunk)
		n = machine.chunk;
	memcpy(out, seen.value + seen.at, n);
	seen.at += n;
	return (ssize_t)n;
}

/* What is shorter is filled up with zeros. */
static ssize_t fake_write(int fd, const void *bytes, size_t len)
{
	if (is_failing(WRITE, (enum file)fd))
		return -1;
	if (machine.shorts > 0) {
		machine.shorts--;
		len /= 2;
	}
	assert_true(len <= sizeof seen.data);
	memset(seen.data, 0, sizeof seen.data);
	memcpy(seen.data, bytes, len);
	return (ssize_t)len;
}

static int fake_close(int fd)
{
	seen.open_files--;
	return is_failing(CLOSE, (enum file)fd) ? -1 : 0;
}

static const struct tspdm_sgx_attestation_calls calls = { sizeof calls, fake_open, fake_read, fake_write, fake_close };

static struct tspdm_sgx_attestation_config begin_anew(const struct machine *next)
{
	machine = *next;
	if (machine.type == NULL)
		machine.type = "dcap";
	memset(&seen, 0, sizeof seen);
	memset(why, 0, sizeof why);
	return (struct tspdm_sgx_attestation_config){ .size = sizeof(struct tspdm_sgx_attestation_config),
		.calls = &calls,
		.reason = why,
		.reason_cap = sizeof why,
		.attempts = ATTEMPTS,
		.backoff_us = 1 };
}

static enum tspdm_status request(struct tspdm_evidence_source *source, uint8_t first)
{
	uint8_t report_data[TSPDM_REPORT_DATA_LEN] = { first, 2, 3 };
	struct tspdm_evidence_job *job;
	struct tspdm_evidence evidence;
	enum tspdm_status status;
	uint32_t retry_us;

	assert_int_equal(source->ops->begin(source, report_data, &job), TSPDM_OK);
	while ((status = source->ops->poll(source, job, &evidence, &retry_us)) == TSPDM_AGAIN)
		(void)nanosleep(&(struct timespec){ .tv_nsec = 500000 }, NULL);
	if (status == TSPDM_OK) {
		assert_int_equal(evidence.tee, TSPDM_TEE_SGX);
		assert_int_equal(evidence.report.len, QUOTE_LEN);
		assert_memory_equal(evidence.report.ptr + 48 + 320, report_data, sizeof report_data);
	} else {
		assert_int_equal(evidence.report.len, 0);
		snprintf(why, sizeof why, "%s", tspdm_sgx_attestation_reason(source));
	}
	source->ops->end(source, job);
	assert_int_equal(seen.open_files, 0);
	return status;
}

static enum tspdm_status ask(const struct machine *next)
{
	struct tspdm_sgx_attestation_config config = begin_anew(next);
	struct tspdm_evidence_source *source;
	enum tspdm_status status;

	assert_int_equal(tspdm_sgx_attestation_new(&config, &source), TSPDM_OK);
	status = request(source, 1);
	tspdm_sgx_attestation_free(source);
	return status;
}

/* ---- Evidence ---- */

static void a_quote_is_read_in_portions_of_any_size(void **state)
{
	static const size_t chunks[] = { 0, 1, 100, 4096 };

	(void)state;
	for (size_t i = 0; i < COUNT(chunks); i++)
		assert_int_equal(ask(&(struct machine){ .chunk = chunks[i] }), TSPDM_OK);
	assert_int_equal(ask(&(struct machine){ .type = "dcap\n" }), TSPDM_OK);
}

static void each_request_gets_a_quote_of_its_own(void **state)
{
	struct tspdm_sgx_attestation_config config = begin_anew(&(struct machine){ .times = 0 });
	struct tspdm_evidence_source *source;

	(void)state;
	assert_int_equal(tspdm_sgx_attestation_new(&config, &source), TSPDM_OK);
	assert_int_equal(source->ops->tee, TSPDM_TEE_SGX);
	assert_string_equal(source->ops->name, "/dev/attestation, DCAP");
	assert_int_equal(seen.quotes, 0);
	for (uint8_t i = 0; i < 4; i++)
		assert_int_equal(request(source, i / 2), TSPDM_OK);
	assert_int_equal(seen.quotes, 4);
	tspdm_sgx_attestation_free(source);
	tspdm_sgx_attestation_free(NULL);
}

static void a_quote_about_somebody_else_is_discarded(void **state)
{
	static const unsigned intruders[] = { 1, FOREVER };

	(void)state;
	for (size_t i = 0; i < COUNT(intruders); i++) {
		assert_int_equal(ask(&(struct machine){ .intruders = intruders[i] }),
			intruders[i] == 1 ? TSPDM_OK : TSPDM_ERR_EVIDENCE_SOURCE);
		assert_int_equal(seen.quotes, intruders[i] == 1 ? 2 : ATTEMPTS);
		assert_true(intruders[i] == 1 || strstr(why, "made for other report data") != NULL);
	}
}

static void report_data_are_written_whole(void **state)
{
	(void)state;
	assert_int_equal(ask(&(struct machine){ .shorts = 1 }), TSPDM_OK);
	assert_int_equal(seen.quotes, 1); /* none was asked for in vain */
	assert_int_equal(ask(&(struct machine){ .shorts = FOREVER }), TSPDM_ERR_EVIDENCE_SOURCE);
	assert_non_null(strstr(why, "user_report_data: only a part was written"));
	assert_int_equal(seen.quotes, 0);
}

static void what_is_no_enclaves_quote_is_refused(void **state)
{
	(void)state;
	assert_int_equal(ask(&(struct machine){ .is_td = true }), TSPDM_ERR_EVIDENCE_SOURCE);
	assert_non_null(strstr(why, "another kind of TEE"));
	assert_int_equal(ask(&(struct machine){ .is_endless = true }), TSPDM_ERR_EVIDENCE_SOURCE);
	assert_non_null(strstr(why, "larger than any evidence"));
}

/* ---- Errors ---- */

static const struct error_row {
	enum call call;
	enum file on;
	int error;
	bool is_transient;
	const char *text;
} errors[] = {
	{ OPEN, DATA, EACCES, false, "user_report_data: not allowed" },
	{ OPEN, DATA, EINTR, true, "user_report_data: busy or interrupted" },
	{ WRITE, DATA, EAGAIN, true, "user_report_data: busy" },
	{ WRITE, DATA, EINVAL, false, "user_report_data: cannot be used (error 22)" },
	{ CLOSE, DATA, EIO, false, "user_report_data: the platform failed" },
	{ OPEN, QUOTE, ENOENT, false, "quote: not there" },
	{ OPEN, QUOTE, EBUSY, true, "quote: busy" },
	{ OPEN, QUOTE, EPERM, false, "quote: not allowed" },
	{ OPEN, QUOTE, EIO, false, "quote: the platform failed to make a quote" },
	{ READ, QUOTE, EIO, false, "quote: the platform failed to make a quote" },
	{ READ, QUOTE, EINTR, true, "quote: busy or interrupted" },
};

static void each_error_has_its_own_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(errors); i++) {
		struct machine next = {
			.fails = errors[i].call, .on = errors[i].on, .times = FOREVER, .error = errors[i].error
		};

		assert_int_equal(ask(&next), TSPDM_ERR_EVIDENCE_SOURCE);
		assert_non_null(strstr(why, errors[i].text));
		assert_int_equal(FOREVER - machine.times, errors[i].is_transient ? ATTEMPTS : 1);
		next.times = ATTEMPTS - 1;
		assert_int_equal(ask(&next), errors[i].is_transient ? TSPDM_OK : TSPDM_ERR_EVIDENCE_SOURCE);
	}
}

/* Whichever call fails: there is a quote or a reason, and nothing is left open. */
static void any_call_may_fail(void **state)
{
	unsigned failures = 0;

	(void)state;
	for (unsigned after = 0;; after++) {
		struct tspdm_sgx_attestation_config config = begin_anew(
			&(struct machine){ .fails = ANY, .after = after, .times = 1, .error = EIO, .chunk = 200 });
		struct tspdm_evidence_source *source = NULL;
		enum tspdm_status status = tspdm_sgx_attestation_new(&config, &source);

		if (status == TSPDM_OK)
			status = request(source, 9);
		tspdm_sgx_attestation_free(source);
		assert_int_equal(seen.open_files, 0);
		assert_true(status == TSPDM_OK || (status == TSPDM_ERR_EVIDENCE_SOURCE && why[0] != '\0'));
		failures += status != TSPDM_OK;
		if (seen.calls <= after)
			break;
	}
	assert_true(failures > 8);
}

/* ---- Beginning ---- */

static void a_source_that_cannot_be_says_why(void **state)
{
	static const struct {
		struct machine machine;
		const char *text;
	} rows[] = {
		{ { .type = "none" }, "attestation_type: none: the enclave's manifest" },
		{ { .type = "epid\n" }, "attestation_type: the enclave's attestation is not DCAP" },
		{ { .type = "" }, "attestation_type: the enclave's attestation is not DCAP" },
		{ { .type = "dcapX" }, "attestation_type: the enclave's attestation is not DCAP" },
		{ { .fails = OPEN, .on = TYPE, .times = FOREVER, .error = ENOENT }, "attestation_type: not there" },
		{ { .fails = READ, .on = TYPE, .times = FOREVER, .error = EACCES }, "attestation_type: not allowed" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tspdm_sgx_attestation_config config = begin_anew(&rows[i].machine);
		struct tspdm_evidence_source *source = NULL;

		assert_int_equal(tspdm_sgx_attestation_new(&config, &source), TSPDM_ERR_EVIDENCE_SOURCE);
		assert_null(source);
		assert_non_null(strstr(why, rows[i].text));
		config.reason = NULL;
		assert_int_equal(tspdm_sgx_attestation_new(&config, &source), TSPDM_ERR_EVIDENCE_SOURCE);
		assert_int_equal(seen.open_files, 0);
	}
}

/* Where there is no enclave: the system's own calls. */
static void elsewhere_there_is_no_such_directory(void **state)
{
	struct tspdm_sgx_attestation_config config = {
		.size = sizeof config, .root = "/nonexistent/attestation", .reason = why, .reason_cap = sizeof why
	};
	struct tspdm_evidence_source *source = NULL;

	(void)state;
	assert_int_equal(tspdm_sgx_attestation_new(&config, &source), TSPDM_ERR_EVIDENCE_SOURCE);
	assert_non_null(strstr(why, "/nonexistent/attestation/attestation_type: not there"));
}

static void a_wrong_configuration_is_refused(void **state)
{
	struct tspdm_sgx_attestation_config good = begin_anew(&(struct machine){ .times = 0 }), config = good;
	struct tspdm_evidence_source *source = NULL;
	char root[400];

	(void)state;
	memset(root, 'x', sizeof root);
	root[sizeof root - 1] = '\0';
	assert_int_equal(tspdm_sgx_attestation_new(NULL, &source), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_sgx_attestation_new(&config, NULL), TSPDM_ERR_ARGUMENT);
	config.size--;
	assert_int_equal(tspdm_sgx_attestation_new(&config, &source), TSPDM_ERR_ARGUMENT);
	config = good;
	config.root = root;
	assert_int_equal(tspdm_sgx_attestation_new(&config, &source), TSPDM_ERR_ARGUMENT);
	assert_int_equal(seen.calls, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quote_is_read_in_portions_of_any_size),
		cmocka_unit_test(each_request_gets_a_quote_of_its_own),
		cmocka_unit_test(a_quote_about_somebody_else_is_discarded),
		cmocka_unit_test(report_data_are_written_whole),
		cmocka_unit_test(what_is_no_enclaves_quote_is_refused),
		cmocka_unit_test(each_error_has_its_own_reason),
		cmocka_unit_test(any_call_may_fail),
		cmocka_unit_test(a_source_that_cannot_be_says_why),
		cmocka_unit_test(elsewhere_there_is_no_such_directory),
		cmocka_unit_test(a_wrong_configuration_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
