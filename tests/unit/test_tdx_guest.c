/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The /dev/tdx_guest source against an injected table of system calls, behind which are a device that makes TDREPORTs and
 * a quote generation service that makes quotes of them; both in order, or out of it in each way that matters. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include <cmocka.h>

#include <tspdm/tdx_guest.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum { DEVICE = 5, SERVICE = 7, QUOTE_LEN = 48 + 584 + 4 + 64, ATTEMPTS = 3, FOREVER = 1000000, FRAME_LEN = 4 };

enum call { NONE, OPEN, CONTROL, CONNECT, WAIT, READ, WRITE, CLOSE, ANY };

/* What a test sets; zero is a machine in order. */
static struct machine {
	enum call fails; /* calls of this kind fail, `after` of them let pass first, `times` times */
	unsigned after, times;
	int error;
	size_t chunk;         /* bytes that a read() or write() takes at most; 0: any number */
	bool is_silent;       /* the service never answers */
	bool hangs_up;        /* the service closes the connection instead of answering */
	bool is_no_report;    /* the device fills in something else */
	bool is_stale_report; /* the report is about other report data */
	bool is_stale_quote;
	bool is_rubbish;     /* the quote is none */
	uint32_t error_code; /* of the service */
	uint32_t id_len;     /* of the id in front of the quote */
	int patch_at;        /* a byte of the response that is XORed with `patch`; the frame's are from -4 on */
	uint8_t patch;
	size_t cut; /* so many bytes are missing from the response, and the service hangs up */
} machine;

static struct {
	unsigned calls, open_files, reports, connections;
	int open_flags;
	uint8_t request[2048], response[2048 + FRAME_LEN];
	size_t request_len, response_len, sent;
	uint8_t report_data[TSPDM_REPORT_DATA_LEN];
} seen;

static char why[512];

static bool is_failing(enum call call)
{
	seen.calls++;
	if (machine.times == 0 || (machine.fails != ANY && machine.fails != call))
		return false;
	if (machine.after > 0) {
		machine.after--;
		return false;
	}
	machine.times--;
	errno = machine.error;
	return true;
}

static int fake_open(const char *path, int flags)
{
	if (is_failing(OPEN))
		return -1;
	assert_string_equal(path, "/dev/tdx_guest");
	seen.open_flags = flags;
	seen.open_files++;
	return DEVICE;
}

static int fake_close(int fd)
{
	assert_true(fd == DEVICE || fd == SERVICE);
	seen.open_files--;
	return is_failing(CLOSE) ? -1 : 0;
}

/* The structure by its offsets, in the fact sheet's words: reportdata[64], tdreport[1024]. */
static int fake_control(int fd, unsigned long number, void *argument)
{
	uint8_t *call = argument;

	assert_int_equal(fd, DEVICE);
	assert_int_equal(number, 0xC4405401UL);
	if (is_failing(CONTROL))
		return -1;
	memset(call + 64, 0x5A, 1024);
	call[64] = machine.is_no_report ? 0 : 0x81;
	memcpy(call + 64 + 128, call, 64);
	call[64 + 128] ^= machine.is_stale_report;
	seen.reports++;
	return 0;
}

/* ---- The service ---- */

static int fake_connect(uint32_t cid, uint32_t port, uint32_t timeout_ms)
{
	assert_int_equal(cid, 2);
	assert_int_equal(port, 4050);
	assert_true(timeout_ms > 0);
	if (is_failing(CONNECT))
		return -1;
	seen.connections++;
	seen.open_files++;
	seen.request_len = seen.response_len = seen.sent = 0;
	return SERVICE;
}

static int fake_wait(int fd, bool to_write, uint32_t timeout_ms)
{
	assert_int_equal(fd, SERVICE);
	if (is_failing(WAIT))
		return -1;
	if (to_write || !machine.is_silent)
		return 1;
	assert_true(timeout_ms > 0);
	(void)nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	return 0; /* time passes, and nothing comes */
}

static void put(size_t at, uint64_t value, unsigned len)
{
	for (unsigned i = 0; i < len; i++)
		seen.response[FRAME_LEN + at + i] = (uint8_t)(value >> (8 * i));
}

/* A quote of version 4, filled in only where it is looked at. */
static void put_quote(uint8_t *quote, const uint8_t *report_data)
{
	memset(quote, 0, QUOTE_LEN);
	quote[0] = machine.is_rubbish ? 9 : 4;
	quote[2] = 2;
	quote[4] = 0x81;
	memcpy(quote + 48 + 520, report_data, 64);
	quote[48 + 520] ^= machine.is_stale_quote;
	quote[48 + 584] = 64;
	memset(quote + 48 + 584 + 4, 0x33, 64);
}

/* Takes the request apart by its offsets, and prepares the answer. */
static void answer(void)
{
	static const uint8_t head[] = { 0, 0, 4, 24, 1, 0, 0, 0, 0, 0, 0, 0, 24, 4, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0,
		0, 0 };
	size_t len = 24 + machine.id_len + QUOTE_LEN;

	assert_int_equal(seen.request_len, FRAME_LEN + 24 + 1024);
	assert_memory_equal(seen.request, head, sizeof head);
	assert_int_equal(seen.request[28], 0x81);
	memset(seen.response, 0, sizeof seen.response);
	seen.response[2] = (uint8_t)(len >> 8);
	seen.response[3] = (uint8_t)len;
	put(0, 1, 2);
	put(2, 1, 2);
	put(4, 1, 4);
	put(8, len, 4);
	put(12, machine.error_code, 4);
	put(16, machine.id_len, 4);
	put(20, QUOTE_LEN, 4);
	put_quote(seen.response + FRAME_LEN + 24 + machine.id_len, seen.request + 28 + 128);
	seen.response[FRAME_LEN + machine.patch_at] ^= machine.patch;
	seen.response_len = FRAME_LEN + len - machine.cut;
}

static size_t portion(size_t len)
{
	return machine.chunk != 0 && len > machine.chunk ? machine.chunk : len;
}

static ssize_t fake_write(int fd, const void *bytes, size_t len)
{
	assert_int_equal(fd, SERVICE);
	if (is_failing(WRITE))
		return -1;
	len = portion(len);
	assert_true(seen.request_len + len <= sizeof seen.request);
	memcpy(seen.request + seen.request_len, bytes, len);
	seen.request_len += len;
	if (seen.request_len == FRAME_LEN + 24 + 1024)
		answer();
	return (ssize_t)len;
}

static ssize_t fake_read(int fd, void *out, size_t cap)
{
	size_t left = seen.response_len - seen.sent;

	assert_int_equal(fd, SERVICE);
	if (is_failing(READ))
		return -1;
	if (machine.hangs_up)
		return 0;
	cap = portion(cap < left ? cap : left);
	memcpy(out, seen.response + seen.sent, cap);
	seen.sent += cap;
	return (ssize_t)cap;
}

static const struct tspdm_tdx_guest_calls calls = { sizeof calls, fake_open, fake_control, fake_connect, fake_wait,
	fake_read, fake_write, fake_close };

/* ---- A request ---- */

static struct tspdm_tdx_guest_config begin_anew(const struct machine *next)
{
	machine = *next;
	memset(&seen, 0, sizeof seen);
	memset(why, 0, sizeof why);
	return (struct tspdm_tdx_guest_config){ .size = sizeof(struct tspdm_tdx_guest_config),
		.calls = &calls,
		.reason = why,
		.reason_cap = sizeof why,
		.timeout_ms = next->is_silent ? 20 : 10000,
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
		assert_int_equal(evidence.tee, TSPDM_TEE_TDX);
		assert_int_equal(evidence.report.len, QUOTE_LEN);
		assert_int_equal(evidence.certificates.len, 0);
		assert_memory_equal(evidence.report.ptr + 48 + 520, report_data, sizeof report_data);
	} else {
		assert_int_equal(evidence.report.len, 0);
		snprintf(why, sizeof why, "%s", tspdm_tdx_guest_reason(source));
	}
	source->ops->end(source, job);
	assert_int_equal(seen.open_files, 0);
	return status;
}

/* One request from a source that could be made. */
static enum tspdm_status ask(const struct machine *next)
{
	struct tspdm_tdx_guest_config config = begin_anew(&(struct machine){ .times = 0 });
	struct tspdm_evidence_source *source;
	enum tspdm_status status;

	assert_int_equal(tspdm_tdx_guest_new(&config, &source), TSPDM_OK);
	tspdm_tdx_guest_free(source);
	config = begin_anew(next);
	machine.times = 0;
	assert_int_equal(tspdm_tdx_guest_new(&config, &source), TSPDM_OK);
	machine = *next;
	seen.reports = seen.connections = 0;
	status = request(source, 1);
	tspdm_tdx_guest_free(source);
	return status;
}

static void a_report_becomes_a_quote(void **state)
{
	static const struct machine rows[] = { { .chunk = 0 }, { .chunk = 1 }, { .chunk = 100, .id_len = 16 } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(ask(&rows[i]), TSPDM_OK);
		assert_int_equal(seen.reports, 1);
		assert_int_equal(seen.connections, 1);
	}
}

static void each_request_gets_a_quote_of_its_own(void **state)
{
	struct tspdm_tdx_guest_config config = begin_anew(&(struct machine){ .times = 0 });
	struct tspdm_evidence_source *source;

	(void)state;
	assert_int_equal(tspdm_tdx_guest_new(&config, &source), TSPDM_OK);
	assert_non_null(strstr(source->ops->name, "vsock://2:4050"));
	assert_int_equal(seen.connections, 1);
	for (uint8_t i = 0; i < 4; i++)
		assert_int_equal(request(source, i / 2), TSPDM_OK);
	assert_int_equal(seen.reports, 4);
	assert_int_equal(seen.connections, 5);
	tspdm_tdx_guest_free(source);
	tspdm_tdx_guest_free(NULL);
}

/* ---- Failures of calls ---- */

static const struct error_row {
	enum call call;
	int error;
	bool is_transient;
	const char *text;
} errors[] = {
	{ OPEN, EACCES, false, "only root may" },
	{ OPEN, ENOENT, false, "/dev/tdx_guest: not there" },
	{ OPEN, EINTR, true, "cannot be opened" },
	{ CONTROL, EIO, false, "the TDX module failed to make a report" },
	{ CONTROL, EINTR, true, "interrupted" },
	{ CONTROL, EBUSY, true, "busy every time" },
	{ CONTROL, ENOTTY, false, "does not know the request" },
	{ CONTROL, EINVAL, false, "does not know the request" },
	{ CONTROL, ENOMEM, false, "out of memory" },
	{ CONTROL, EDOM, false, "error 33" },
	{ CONNECT, ECONNRESET, true, "vsock://2:4050: nobody listens" },
	{ CONNECT, ECONNREFUSED, true, "nobody listens" },
	{ CONNECT, ETIMEDOUT, false, "the host does not answer" },
	{ CONNECT, ENODEV, false, "no vsock device" },
	{ CONNECT, EAFNOSUPPORT, false, "no vsock device" },
	{ CONNECT, EMFILE, false, "no connection" },
	{ WRITE, EPIPE, true, "the connection failed" },
	{ WRITE, EIO, false, "the connection failed" },
	{ READ, ECONNRESET, true, "the connection failed" },
	{ READ, EIO, false, "the connection failed" },
	{ WAIT, ENOMEM, false, "the connection failed" },
};

static void each_error_has_its_own_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(errors); i++) {
		const struct machine all = { .fails = errors[i].call, .times = FOREVER, .error = errors[i].error };
		const struct machine once = {
			.fails = errors[i].call, .times = ATTEMPTS - 1, .error = errors[i].error
		};

		assert_int_equal(ask(&all), TSPDM_ERR_EVIDENCE_SOURCE);
		assert_non_null(strstr(why, errors[i].text));
		assert_int_equal(FOREVER - machine.times, errors[i].is_transient ? ATTEMPTS : 1);
		assert_int_equal(ask(&once), errors[i].is_transient ? TSPDM_OK : TSPDM_ERR_EVIDENCE_SOURCE);
	}
}

/* poll(2), read(2) and write(2) may be interrupted, and a descriptor that was ready may have nothing after all. */
static void what_only_takes_longer_is_no_failure(void **state)
{
	static const struct error_row rows[] = { { WAIT, EINTR, true, "" }, { READ, EINTR, true, "" },
		{ READ, EAGAIN, true, "" }, { WRITE, EINTR, true, "" }, { WRITE, EAGAIN, true, "" } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct machine next = { .fails = rows[i].call, .times = 20, .error = rows[i].error, .chunk = 50 };

		assert_int_equal(ask(&next), TSPDM_OK);
		assert_int_equal(seen.reports, 1);
		assert_int_equal(machine.times, 0);
	}
}

/* Whichever call fails: there is a quote or a reason, and nothing is left open. */
static void any_call_may_fail(void **state)
{
	unsigned failures = 0;

	(void)state;
	for (unsigned after = 0;; after++) {
		struct machine next = { .fails = ANY, .after = after, .times = 1, .error = EIO, .chunk = 300 };
		struct tspdm_tdx_guest_config config = begin_anew(&next);
		struct tspdm_evidence_source *source = NULL;
		enum tspdm_status status = tspdm_tdx_guest_new(&config, &source);

		if (status == TSPDM_OK)
			status = request(source, 9);
		tspdm_tdx_guest_free(source);
		assert_int_equal(seen.open_files, 0);
		assert_true(status == TSPDM_OK || (status == TSPDM_ERR_EVIDENCE_SOURCE && why[0] != '\0'));
		failures += status != TSPDM_OK;
		if (seen.calls <= after)
			break;
	}
	assert_true(failures > 15);
}

/* ---- Answers ---- */

static void what_is_not_the_answer_is_refused(void **state)
{
	static const struct {
		struct machine machine;
		const char *text;
	} rows[] = {
		{ { .is_no_report = true }, "what came is no TDREPORT" },
		{ { .is_stale_report = true }, "the report was made for other report data" },
		{ { .is_stale_quote = true }, "the evidence was made for other report data" },
		{ { .is_rubbish = true }, "neither an SNP report nor a quote" },
		{ { .error_code = 0x12001 }, "refuses with its error 0x12001" },
		{ { .hangs_up = true }, "closed the connection before it answered" },
		{ { .cut = 1 }, "closed the connection before it answered" },
		{ { .cut = QUOTE_LEN + 24 }, "closed the connection before it answered" },
		{ { .patch_at = -4, .patch = 0x80 }, "impossible size" },
		{ { .patch_at = -3, .patch = 1 }, "impossible size" },
		{ { .patch_at = 4, .patch = 1 }, "something else than a quote" },
		{ { .patch_at = 4, .patch = 2 }, "something else than a quote" },
		{ { .patch_at = 7, .patch = 0x80 }, "something else than a quote" },
		{ { .patch_at = 8, .patch = 1 }, "something else than a quote" },
		{ { .patch_at = 11, .patch = 0x80 }, "something else than a quote" },
		{ { .patch_at = 12, .patch = 4 }, "refuses with its error 0x4" },
		{ { .patch_at = 16, .patch = 1 }, "sizes that contradict" },
		{ { .patch_at = 19, .patch = 0xFF }, "sizes that contradict" },
		{ { .patch_at = 20, .patch = 1 }, "sizes that contradict" },
		{ { .patch_at = 23, .patch = 0xFF }, "sizes that contradict" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(ask(&rows[i].machine), TSPDM_ERR_EVIDENCE_SOURCE);
		assert_non_null(strstr(why, rows[i].text));
	}
}

/* Whatever one bit of the 24 bytes in front of the quote says, nothing but the quote comes out. Of the bits that say nothing
 * (the minor version's) the quote still comes. */
static void no_bit_of_the_header_is_believed(void **state)
{
	unsigned good = 0;

	(void)state;
	for (unsigned at = 0; at < 24; at++)
		for (unsigned bit = 0; bit < 8; bit++)
			good += ask(&(struct machine){ .patch_at = (int)at, .patch = (uint8_t)(1U << bit) }) ==
				TSPDM_OK;
	assert_int_equal(good, 16);
}

static void a_silent_service_is_not_waited_for_for_ever(void **state)
{
	(void)state;
	assert_int_equal(ask(&(struct machine){ .is_silent = true }), TSPDM_ERR_EVIDENCE_SOURCE);
	assert_non_null(strstr(why, "did not answer in time"));
	assert_int_equal(seen.connections, 1);
}

/* ---- Beginning ---- */

static void a_source_that_cannot_be_says_why(void **state)
{
	static const struct error_row rows[] = { { OPEN, ENOENT, false, "not there; is this a TDX guest" },
		{ OPEN, EPERM, false, "only root may" }, { CONNECT, ENODEV, false, "this guest has no vsock device" },
		{ CONNECT, ECONNRESET, false, "nobody listens there on the host" } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tspdm_tdx_guest_config config = begin_anew(
			&(struct machine){ .fails = rows[i].call, .times = FOREVER, .error = rows[i].error });
		struct tspdm_evidence_source *source = NULL;

		assert_int_equal(tspdm_tdx_guest_new(&config, &source), TSPDM_ERR_EVIDENCE_SOURCE);
		assert_null(source);
		assert_non_null(strstr(why, rows[i].text));
		config.reason = NULL;
		assert_int_equal(tspdm_tdx_guest_new(&config, &source), TSPDM_ERR_EVIDENCE_SOURCE);
		assert_int_equal(seen.open_files, 0);
	}
}

/* ---- The system's own calls ---- */

/* A port of this machine where somebody listens, if the kernel has a vsock loopback; or one where nobody does. */
static int listen_on(struct sockaddr_vm *at)
{
	const struct sockaddr_vm any = {
		.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = VMADDR_PORT_ANY
	};
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof *at;

	*at = (struct sockaddr_vm){ .svm_port = 4050 };
	if (fd < 0)
		return -1;
	if (bind(fd, (const struct sockaddr *)&any, sizeof any) == 0 && listen(fd, 4) == 0 &&
		getsockname(fd, (struct sockaddr *)at, &len) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* /dev/null stands for the device: it can be opened, and knows no such request. */
static void the_system_s_own_calls_find_the_service_or_say_why_not(void **state)
{
	struct sockaddr_vm at;
	int listener = listen_on(&at);
	struct tspdm_tdx_guest_config config = { .size = sizeof config,
		.path = "/dev/null",
		.reason = why,
		.reason_cap = sizeof why,
		.cid = VMADDR_CID_LOCAL,
		.port = at.svm_port,
		.timeout_ms = 300 };
	struct tspdm_evidence_source *source = NULL;
	enum tspdm_status status = tspdm_tdx_guest_new(&config, &source);

	(void)state;
	if (status == TSPDM_OK) {
		assert_int_equal(request(source, 1), TSPDM_ERR_EVIDENCE_SOURCE);
		assert_non_null(strstr(why, "/dev/null: the driver does not know the request"));
	} else {
		printf("# no vsock loopback in this kernel: %s\n", why);
		assert_int_equal(status, TSPDM_ERR_EVIDENCE_SOURCE);
		assert_non_null(strstr(why, "the quote generation service at vsock://1:"));
	}
	tspdm_tdx_guest_free(source);
	if (listener >= 0)
		(void)close(listener);
	config.path = "/nonexistent/tdx_guest";
	assert_int_equal(tspdm_tdx_guest_new(&config, &source), TSPDM_ERR_EVIDENCE_SOURCE);
	assert_non_null(strstr(why, "/nonexistent/tdx_guest: not there"));
}

static void a_wrong_configuration_is_refused(void **state)
{
	struct tspdm_tdx_guest_config good = begin_anew(&(struct machine){ .times = 0 }), config = good;
	struct tspdm_evidence_source *source = NULL;
	char path[400];

	(void)state;
	memset(path, 'x', sizeof path);
	path[sizeof path - 1] = '\0';
	assert_int_equal(tspdm_tdx_guest_new(NULL, &source), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_tdx_guest_new(&config, NULL), TSPDM_ERR_ARGUMENT);
	config.size--;
	assert_int_equal(tspdm_tdx_guest_new(&config, &source), TSPDM_ERR_ARGUMENT);
	config = good;
	config.path = path;
	assert_int_equal(tspdm_tdx_guest_new(&config, &source), TSPDM_ERR_ARGUMENT);
	config = good;
	config.reserved[3] = 1;
	assert_int_equal(tspdm_tdx_guest_new(&config, &source), TSPDM_ERR_UNSUPPORTED);
	assert_int_equal(seen.calls, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_becomes_a_quote),
		cmocka_unit_test(each_request_gets_a_quote_of_its_own),
		cmocka_unit_test(each_error_has_its_own_reason),
		cmocka_unit_test(what_only_takes_longer_is_no_failure),
		cmocka_unit_test(any_call_may_fail),
		cmocka_unit_test(what_is_not_the_answer_is_refused),
		cmocka_unit_test(no_bit_of_the_header_is_believed),
		cmocka_unit_test(a_silent_service_is_not_waited_for_for_ever),
		cmocka_unit_test(a_source_that_cannot_be_says_why),
		cmocka_unit_test(the_system_s_own_calls_find_the_service_or_say_why_not),
		cmocka_unit_test(a_wrong_configuration_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
