/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The configfs-tsm source against a model of the kernel's interface: once through an injected table of system calls, and
 * once through the system's own calls, on a file system that is really mounted. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <tspdm/configfs_tsm.h>

#include "tsm_model.h"
#include "tsm_world.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum { ATTEMPTS = 4, FOREVER = 1000000 };

/* ---- Help ---- */

static const struct tsm_machine snp = { .provider = "sev_guest" };
static const struct tsm_machine tdx = { .provider = "tdx_guest", .is_quote = true, .auxblob = TSM_AUX_MISSING };
static char why[512];

static struct tspdm_configfs_tsm_config config_for(void **state, const struct tsm_machine *machine)
{
	(void)state;
	tsm_reset(machine);
	why[0] = '\0';
	return (struct tspdm_configfs_tsm_config){ .size = sizeof(struct tspdm_configfs_tsm_config),
		.root = tsm_world_root(),
		.calls = tsm_world_calls(),
		.reason = why,
		.reason_cap = sizeof why,
		.attempts = ATTEMPTS,
		.backoff_us = 1 };
}

static struct tspdm_evidence_source *open_source(const struct tspdm_configfs_tsm_config *config)
{
	struct tspdm_evidence_source *source = NULL;

	assert_int_equal(tspdm_configfs_tsm_new(config, &source), TSPDM_OK);
	return source;
}

static void nap(void)
{
	(void)nanosleep(&(struct timespec){ .tv_nsec = 500000 }, NULL);
}

static void data_of(uint8_t *report_data, uint8_t seed)
{
	for (size_t i = 0; i < TSPDM_REPORT_DATA_LEN; i++)
		report_data[i] = (uint8_t)(seed + i);
}

static struct tspdm_evidence_job *begin(struct tspdm_evidence_source *source, uint8_t seed)
{
	uint8_t report_data[TSPDM_REPORT_DATA_LEN];
	struct tspdm_evidence_job *job = NULL;

	data_of(report_data, seed);
	assert_int_equal(source->ops->begin(source, report_data, &job), TSPDM_OK);
	memset(report_data, 0, sizeof report_data); /* they were copied */
	return job;
}

static enum tspdm_status finish(
	struct tspdm_evidence_source *source, struct tspdm_evidence_job *job, struct tspdm_evidence *out)
{
	for (;;) {
		uint32_t retry_us = 0;
		enum tspdm_status status = source->ops->poll(source, job, out, &retry_us);

		if (status != TSPDM_AGAIN)
			return status;
		assert_true(retry_us > 0);
		nap();
	}
}

/* Everything is removed and closed. */
static void assert_tidy(void)
{
	struct tsm_account account;

	for (unsigned i = 0; i < 2000; i++) {
		account = tsm_account();
		if (account.files == 0 && account.directories == 0)
			break;
		nap();
	}
	assert_int_equal(account.files, 0);
	assert_int_equal(account.directories, 0);
	assert_int_equal(account.overlaps, 0);
}

/* One request, whose evidence is looked at where it is good. */
static enum tspdm_status request(struct tspdm_evidence_source *source, uint8_t seed, struct tspdm_evidence *seen)
{
	uint8_t report_data[TSPDM_REPORT_DATA_LEN];
	struct tspdm_evidence_job *job = begin(source, seed);
	enum tspdm_status status = finish(source, job, seen);

	data_of(report_data, seed);
	if (status == TSPDM_OK) {
		size_t at = seen->tee == TSPDM_TEE_TDX ? 48 + 520 : 0x50;

		assert_memory_equal(seen->report.ptr + at, report_data, sizeof report_data);
		assert_memory_equal(tsm_account().report_data, report_data, sizeof report_data);
	}
	assert_int_equal(tspdm_configfs_tsm_reason(source)[0] == '\0', status == TSPDM_OK);
	snprintf(why, sizeof why, "%s", tspdm_configfs_tsm_reason(source));
	source->ops->end(source, job);
	assert_tidy();
	return status;
}

/* A source for one request. */
static enum tspdm_status ask(const struct tspdm_configfs_tsm_config *config, struct tspdm_evidence *seen)
{
	struct tspdm_evidence_source *source = open_source(config);
	enum tspdm_status status = request(source, 7, seen);

	tspdm_configfs_tsm_free(source);
	assert_tidy();
	return status;
}

/* ---- What works ---- */

static void an_snp_report_comes_with_its_certificates(void **state)
{
	struct tspdm_configfs_tsm_config config = config_for(state, &snp);
	struct tspdm_evidence_source *source = open_source(&config);
	struct tspdm_evidence seen;

	assert_string_equal(source->ops->name, "configfs-tsm, provider sev_guest");
	assert_int_equal(source->ops->tee, TSPDM_TEE_SEV_SNP);
	assert_int_equal(request(source, 1, &seen), TSPDM_OK);
	assert_int_equal(seen.tee, TSPDM_TEE_SEV_SNP);
	assert_int_equal(seen.report.len, 1184);
	assert_int_equal(seen.certificates.len, 4096);
	assert_int_equal(tsm_account().made, 2); /* one to ask for the provider */
	tspdm_configfs_tsm_free(source);
}

static void a_quote_ends_where_its_structure_says(void **state)
{
	struct tspdm_configfs_tsm_config config = config_for(state, &tdx);
	struct tspdm_evidence_source *source = open_source(&config);
	struct tspdm_evidence seen;

	assert_int_equal(source->ops->tee, TSPDM_TEE_TDX);
	assert_int_equal(request(source, 1, &seen), TSPDM_OK);
	assert_int_equal(seen.tee, TSPDM_TEE_TDX);
	assert_int_equal(seen.report.len, 48 + 584 + 4 + 64);
	assert_int_equal(seen.certificates.len, 0);
	tspdm_configfs_tsm_free(source);
}

static void evidence_of_an_unknown_provider_is_recognised_by_its_form(void **state)
{
	for (int is_quote = 0; is_quote < 2; is_quote++) {
		struct tsm_machine machine = { .provider = "arm_cca_or_so", .is_quote = is_quote };
		struct tspdm_configfs_tsm_config config = config_for(state, &machine);
		struct tspdm_evidence_source *source = open_source(&config);
		struct tspdm_evidence seen;

		assert_int_equal(source->ops->tee, TSPDM_TEE_NONE);
		assert_int_equal(request(source, 1, &seen), TSPDM_OK);
		assert_int_equal(seen.tee, is_quote ? TSPDM_TEE_TDX : TSPDM_TEE_SEV_SNP);
		tspdm_configfs_tsm_free(source);
	}
}

static void short_reads_are_put_together(void **state)
{
	struct tsm_machine machine = snp;
	struct tspdm_configfs_tsm_config config;
	struct tspdm_evidence seen;

	machine.chunk = 100;
	config = config_for(state, &machine);
	assert_int_equal(ask(&config, &seen), TSPDM_OK);
}

static void certificates_are_optional(void **state)
{
	static const enum tsm_auxblob kinds[] = { TSM_AUX_MISSING, TSM_AUX_EMPTY, TSM_AUX_ZEROS };

	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct tsm_machine machine = { .provider = "sev_guest", .auxblob = kinds[i] };
		struct tspdm_configfs_tsm_config config = config_for(state, &machine);
		struct tspdm_evidence seen;

		assert_int_equal(ask(&config, &seen), TSPDM_OK);
		assert_int_equal(seen.certificates.len, 0);
	}
}

static void nothing_is_kept_from_one_request_to_the_next(void **state)
{
	struct tspdm_configfs_tsm_config config = config_for(state, &snp);
	struct tspdm_evidence_source *source = open_source(&config);
	struct tspdm_evidence seen;

	assert_int_equal(request(source, 1, &seen), TSPDM_OK);
	assert_int_equal(request(source, 2, &seen), TSPDM_OK);
	assert_int_equal(request(source, 2, &seen), TSPDM_OK);
	assert_int_equal(tsm_account().reports, 3);
	tspdm_configfs_tsm_free(source);
}

static void requests_are_served_one_after_the_other(void **state)
{
	struct tspdm_configfs_tsm_config config = config_for(state, &tdx);
	struct tspdm_evidence_source *source = open_source(&config);
	struct tspdm_evidence_job *jobs[6];

	for (uint8_t i = 0; i < COUNT(jobs); i++)
		jobs[i] = begin(source, (uint8_t)(i * 10));
	for (uint8_t i = COUNT(jobs); i-- > 0;) {
		uint8_t expected[TSPDM_REPORT_DATA_LEN];
		struct tspdm_evidence seen;

		data_of(expected, (uint8_t)(i * 10));
		assert_int_equal(finish(source, jobs[i], &seen), TSPDM_OK);
		assert_memory_equal(seen.report.ptr + 48 + 520, expected, sizeof expected);
	}
	for (size_t i = 0; i < COUNT(jobs); i++)
		source->ops->end(source, jobs[i]);
	source->ops->end(source, NULL);
	tspdm_configfs_tsm_free(source);
	tspdm_configfs_tsm_free(NULL);
	assert_tidy();
}

/* ---- Privilege levels ---- */

static void the_privilege_level_is_chosen(void **state)
{
	static const struct row {
		bool has_levels, has_privlevel;
		uint8_t privlevel;
		unsigned floor;
		int written; /* -1: none; -2: refused */
	} rows[] = {
		{ false, false, 0, 0, -1 },
		{ false, true, 1, 0, -2 },
		{ true, false, 0, 0, -1 },
		{ true, false, 0, 2, 2 },
		{ true, true, 0, 0, 0 },
		{ true, true, 3, 2, 3 },
		{ true, true, 1, 2, -2 },
		{ true, false, 0, 4, -2 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tsm_machine machine = {
			.provider = "sev_guest", .has_levels = rows[i].has_levels, .floor = rows[i].floor
		};
		struct tspdm_configfs_tsm_config config = config_for(state, &machine);
		struct tspdm_evidence seen;

		config.has_privlevel = rows[i].has_privlevel;
		config.privlevel = rows[i].privlevel;
		assert_int_equal(ask(&config, &seen), rows[i].written == -2 ? TSPDM_ERR_EVIDENCE_SOURCE : TSPDM_OK);
		assert_int_equal(tsm_account().level, rows[i].written == -2 ? -1 : rows[i].written);
		assert_true(rows[i].written != -2 || strstr(why, "privlevel") != NULL);
	}
}

/* ---- Errors ---- */

static const struct error_row {
	enum tsm_call call;
	const char *attribute;
	int error;
	bool is_transient;
	const char *text;
} errors[] = {
	{ TSM_WRITE, "inblob", EBUSY, true, "inblob: busy" },
	{ TSM_WRITE, "inblob", EFBIG, false, "inblob: larger" },
	{ TSM_WRITE, "inblob", EINTR, true, "inblob: interrupted" },
	{ TSM_OPEN, "inblob", ETXTBSY, true, "inblob: the file is open elsewhere" },
	{ TSM_OPEN, "inblob", EACCES, false, "inblob: not allowed" },
	{ TSM_OPEN, "outblob", ENOENT, false, "outblob: not there" },
	{ TSM_READ, "outblob", EBUSY, true, "outblob: busy" },
	{ TSM_READ, "outblob", EINTR, true, "outblob: interrupted" },
	{ TSM_READ, "outblob", EWOULDBLOCK, true, "outblob: the report went stale" },
	{ TSM_READ, "outblob", EFBIG, false, "outblob: larger" },
	{ TSM_READ, "outblob", ENXIO, false, "outblob: no TEE provider" },
	{ TSM_READ, "outblob", ETIMEDOUT, false, "outblob: the TEE's quoting service did not answer" },
	{ TSM_READ, "outblob", EIO, false, "outblob: the TEE failed" },
	{ TSM_READ, "outblob", EINVAL, false, "outblob: the kernel refuses" },
	{ TSM_READ, "outblob", ENOMEM, false, "outblob: the kernel is out of memory" },
	{ TSM_READ, "outblob", EDOM, false, "outblob: the system says error" },
	{ TSM_READ, "auxblob", EIO, false, "auxblob: the TEE failed" },
	{ TSM_READ, "auxblob", EFBIG, false, "auxblob: larger" },
	{ TSM_READ, "generation", EINTR, true, "generation: interrupted" },
};

static void each_error_has_its_own_reason(void **state)
{
	for (size_t i = 0; i < COUNT(errors); i++) {
		struct tsm_machine machine = snp;
		struct tspdm_configfs_tsm_config config;
		struct tspdm_evidence seen;

		machine.fault = (struct tsm_fault){ errors[i].call, errors[i].attribute, 0, FOREVER, errors[i].error };
		config = config_for(state, &machine);
		assert_int_equal(ask(&config, &seen), TSPDM_ERR_EVIDENCE_SOURCE);
		assert_int_equal(seen.report.len, 0);
		assert_non_null(strstr(why, errors[i].text));
		assert_int_equal(tsm_account().made, 1 + (errors[i].is_transient ? ATTEMPTS : 1));
	}
}

static void errors_that_pass_are_waited_out(void **state)
{
	for (size_t i = 0; i < COUNT(errors); i++) {
		struct tsm_machine machine = snp;
		struct tspdm_configfs_tsm_config config;
		struct tspdm_evidence seen;

		machine.fault =
			(struct tsm_fault){ errors[i].call, errors[i].attribute, 0, ATTEMPTS - 1, errors[i].error };
		config = config_for(state, &machine);
		assert_int_equal(ask(&config, &seen), errors[i].is_transient ? TSPDM_OK : TSPDM_ERR_EVIDENCE_SOURCE);
	}
}

/* Whichever call fails: there is evidence or a reason, and nothing is left behind. */
static void any_call_may_fail(void **state)
{
	static const int numbers[] = { EIO, EBUSY };
	unsigned failures = 0;

	for (size_t i = 0; i < COUNT(numbers); i++)
		for (unsigned after = 0;; after++) {
			struct tsm_machine machine = { .provider = "sev_guest", .has_levels = true, .floor = 1 };
			struct tspdm_configfs_tsm_config config;
			struct tspdm_evidence_source *source = NULL;
			struct tspdm_evidence seen;
			enum tspdm_status status;

			machine.fault = (struct tsm_fault){ TSM_ANY, NULL, after, 1, numbers[i] };
			config = config_for(state, &machine);
			status = tspdm_configfs_tsm_new(&config, &source);
			if (status == TSPDM_OK)
				status = request(source, 7, &seen);
			tspdm_configfs_tsm_free(source);
			assert_tidy();
			assert_true(status == TSPDM_OK || (status == TSPDM_ERR_EVIDENCE_SOURCE && why[0] != '\0'));
			failures += status != TSPDM_OK;
			if (tsm_account().calls <= after)
				break;
		}
	assert_true(failures > 20);
}

static void a_directory_that_cannot_be_removed_at_once_is_removed_later(void **state)
{
	struct tsm_machine machine = snp;
	struct tspdm_configfs_tsm_config config;
	struct tspdm_evidence seen;

	machine.fault = (struct tsm_fault){ TSM_RMDIR, NULL, 1, 3, EBUSY };
	config = config_for(state, &machine);
	assert_int_equal(ask(&config, &seen), TSPDM_OK);
}

/* ---- Races ---- */

static void a_value_that_was_not_taken_is_written_again(void **state)
{
	static const unsigned drops[] = { 1, FOREVER };

	for (size_t i = 0; i < COUNT(drops); i++) {
		struct tsm_machine machine = { .provider = "sev_guest", .drops = drops[i] };
		struct tspdm_configfs_tsm_config config = config_for(state, &machine);
		struct tspdm_evidence seen;

		assert_int_equal(ask(&config, &seen), drops[i] == 1 ? TSPDM_OK : TSPDM_ERR_EVIDENCE_SOURCE);
		assert_int_equal(tsm_account().reports, drops[i] == 1); /* none was asked for in vain */
		assert_true(drops[i] == 1 || strstr(why, "inblob was not taken") != NULL);
	}
}

static void evidence_that_somebody_else_asked_for_is_discarded(void **state)
{
	static const unsigned intruders[] = { 1, FOREVER };

	for (size_t i = 0; i < COUNT(intruders); i++) {
		struct tsm_machine machine = { .provider = "sev_guest", .intruders = intruders[i] };
		struct tspdm_configfs_tsm_config config = config_for(state, &machine);
		struct tspdm_evidence seen;

		assert_int_equal(ask(&config, &seen), intruders[i] == 1 ? TSPDM_OK : TSPDM_ERR_EVIDENCE_SOURCE);
		assert_int_equal(tsm_account().reports, intruders[i] == 1 ? 2 : ATTEMPTS);
		assert_true(intruders[i] == 1 || strstr(why, "somebody else") != NULL);
	}
}

static void what_is_not_the_evidence_asked_for_is_refused(void **state)
{
	static const struct {
		struct tsm_machine machine;
		const char *text;
	} rows[] = {
		{ { .provider = "sev_guest", .is_rubbish = true }, "neither an SNP report nor a quote" },
		{ { .provider = "sev_guest", .is_quote = true }, "another kind of TEE" },
		{ { .provider = "tdx_guest" }, "another kind of TEE" },
		{ { .provider = "sev_guest", .is_stale = true }, "other report data" },
		{ { .provider = "tdx_guest", .is_quote = true, .is_stale = true }, "other report data" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tspdm_configfs_tsm_config config = config_for(state, &rows[i].machine);
		struct tspdm_evidence seen;

		assert_int_equal(ask(&config, &seen), TSPDM_ERR_EVIDENCE_SOURCE);
		assert_int_equal(seen.report.len, 0);
		assert_non_null(strstr(why, rows[i].text));
	}
}

/* ---- Slow quotes ---- */

static void wait_until_it_is_made(void)
{
	while (!tsm_is_waiting())
		nap();
}

static void a_slow_quote_blocks_nobody(void **state)
{
	struct tsm_machine machine = tdx;
	struct tspdm_configfs_tsm_config config;
	struct tspdm_evidence_source *source;
	struct tspdm_evidence_job *first, *second, *third;
	struct tspdm_evidence seen;
	uint32_t retry_us = 0;

	machine.is_slow = true;
	config = config_for(state, &machine);
	source = open_source(&config);
	first = begin(source, 1);
	second = begin(source, 2);
	third = begin(source, 3);
	wait_until_it_is_made();
	assert_int_equal(source->ops->poll(source, first, &seen, &retry_us), TSPDM_AGAIN);
	assert_true(retry_us > 0 && retry_us <= 1000000);
	assert_int_equal(source->ops->poll(source, second, &seen, &retry_us), TSPDM_AGAIN);
	assert_true(retry_us > 0);
	source->ops->end(source, third); /* not begun yet */
	source->ops->end(source, first); /* being made */
	tsm_open_gate();
	assert_int_equal(finish(source, second, &seen), TSPDM_OK);
	source->ops->end(source, second);
	assert_int_equal(tsm_account().reports, 2);
	tspdm_configfs_tsm_free(source);
	assert_tidy();
}

static void a_source_is_freed_in_the_middle_of_a_quote(void **state)
{
	struct tsm_machine machine = tdx;
	struct tspdm_configfs_tsm_config config;
	struct tspdm_evidence_source *source;

	machine.is_slow = true;
	config = config_for(state, &machine);
	source = open_source(&config);
	(void)begin(source, 1);
	(void)begin(source, 2);
	wait_until_it_is_made();
	tsm_open_gate();
	tspdm_configfs_tsm_free(source);
	assert_tidy();
}

/* The pause is of an hour: this ends if it is cut short, or not at all. */
static void nobody_waits_for_a_request_that_was_given_up(void **state)
{
	for (int is_ended = 0; is_ended < 2; is_ended++) {
		struct tsm_machine machine = tdx;
		struct tspdm_configfs_tsm_config config;
		struct tspdm_evidence_source *source;
		struct tspdm_evidence_job *job;

		machine.fault = (struct tsm_fault){ TSM_READ, "outblob", 0, 1, EBUSY };
		config = config_for(state, &machine);
		config.backoff_us = 3600U * 1000000U;
		source = open_source(&config);
		job = begin(source, 1);
		while (tsm_account().made < 2 || tsm_account().directories != 0)
			nap();
		if (is_ended) {
			struct tspdm_evidence seen;

			source->ops->end(source, job);
			assert_int_equal(request(source, 2, &seen), TSPDM_OK);
		}
		tspdm_configfs_tsm_free(source);
		assert_tidy();
	}
}

/* ---- Beginning ---- */

static void a_source_that_cannot_be_says_why(void **state)
{
	static const struct {
		struct tsm_machine machine;
		const char *text;
	} rows[] = {
		{ { .provider = NULL }, "mkdir: no TEE provider is registered" },
		{ { .provider = "sev_guest", .taken = FOREVER }, "mkdir: all the names" },
		{ { .provider = "sev_guest", .fault = { TSM_MKDIR, NULL, 0, 1, EACCES } }, "mkdir: not allowed" },
		{ { .provider = "sev_guest", .fault = { TSM_MKDIR, NULL, 0, 1, EPERM } }, "only root may (EPERM)" },
		{ { .provider = "sev_guest", .fault = { TSM_MKDIR, NULL, 0, 1, ENOENT } }, "Linux 6.7" },
		{ { .provider = "sev_guest", .fault = { TSM_OPEN, "provider", 0, 1, EIO } },
			"provider: the TEE failed" },
		{ { .provider = "" }, "provider: not a line of text" },
		{ { .provider = "a name that is far too long to be the name of a module of the kernel's" },
			"provider: not a line of text" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tspdm_configfs_tsm_config config = config_for(state, &rows[i].machine);
		struct tspdm_evidence_source *source = NULL;

		assert_int_equal(tspdm_configfs_tsm_new(&config, &source), TSPDM_ERR_EVIDENCE_SOURCE);
		assert_null(source);
		assert_non_null(strstr(why, rows[i].text));
		config.reason = NULL;
		assert_int_equal(
			tspdm_configfs_tsm_new(&config, &source) == TSPDM_OK, rows[i].machine.fault.times == 1);
		tspdm_configfs_tsm_free(source);
		assert_tidy();
	}
}

static void directories_that_others_left_are_passed_over(void **state)
{
	struct tsm_machine machine = { .provider = "sev_guest", .taken = 5 };
	struct tspdm_configfs_tsm_config config = config_for(state, &machine);
	struct tspdm_evidence seen;

	assert_int_equal(ask(&config, &seen), TSPDM_OK);
}

static void a_wrong_configuration_is_refused(void **state)
{
	struct tspdm_configfs_tsm_config good = config_for(state, &snp), config = good;
	struct tspdm_evidence_source *source = NULL;
	char root[400];

	memset(root, 'x', sizeof root);
	root[sizeof root - 1] = '\0';
	assert_int_equal(tspdm_configfs_tsm_new(NULL, &source), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_configfs_tsm_new(&config, NULL), TSPDM_ERR_ARGUMENT);
	config.size--;
	assert_int_equal(tspdm_configfs_tsm_new(&config, &source), TSPDM_ERR_ARGUMENT);
	config = good;
	config.root = root;
	assert_int_equal(tspdm_configfs_tsm_new(&config, &source), TSPDM_ERR_ARGUMENT);
	config = good;
	config.privlevel = 4;
	assert_int_equal(tspdm_configfs_tsm_new(&config, &source), TSPDM_ERR_ARGUMENT);
	config = good;
	config.reserved[5] = 1;
	assert_int_equal(tspdm_configfs_tsm_new(&config, &source), TSPDM_ERR_UNSUPPORTED);
	assert_int_equal(tsm_account().calls, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_snp_report_comes_with_its_certificates),
		cmocka_unit_test(a_quote_ends_where_its_structure_says),
		cmocka_unit_test(evidence_of_an_unknown_provider_is_recognised_by_its_form),
		cmocka_unit_test(short_reads_are_put_together),
		cmocka_unit_test(certificates_are_optional),
		cmocka_unit_test(nothing_is_kept_from_one_request_to_the_next),
		cmocka_unit_test(requests_are_served_one_after_the_other),
		cmocka_unit_test(the_privilege_level_is_chosen),
		cmocka_unit_test(each_error_has_its_own_reason),
		cmocka_unit_test(errors_that_pass_are_waited_out),
		cmocka_unit_test(any_call_may_fail),
		cmocka_unit_test(a_directory_that_cannot_be_removed_at_once_is_removed_later),
		cmocka_unit_test(a_value_that_was_not_taken_is_written_again),
		cmocka_unit_test(evidence_that_somebody_else_asked_for_is_discarded),
		cmocka_unit_test(what_is_not_the_evidence_asked_for_is_refused),
		cmocka_unit_test(a_slow_quote_blocks_nobody),
		cmocka_unit_test(a_source_is_freed_in_the_middle_of_a_quote),
		cmocka_unit_test(nobody_waits_for_a_request_that_was_given_up),
		cmocka_unit_test(a_source_that_cannot_be_says_why),
		cmocka_unit_test(directories_that_others_left_are_passed_over),
		cmocka_unit_test(a_wrong_configuration_is_refused),
	};

	const char *missing = tsm_world_begin();
	int failed;

	if (missing != NULL) {
		printf("1..0 # SKIP %s\n", missing);
		return 0;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	tsm_world_end();
	return failed;
}
