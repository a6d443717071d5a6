/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * One request for evidence, in the order that the ABI asks for: mkdir, privlevel, inblob, outblob, auxblob, rmdir; and the
 * generation in between, which tells whether the values written were taken and whether somebody else wrote. A failure that
 * may pass is followed by another try, in a new directory. */
#include <errno.h>

#include "internal.h"

/* The privilege level: the one configured, or the lowest that the kernel takes, if that is not what it begins with. Where
 * the provider has none, there is no such file. */
static enum tspdm_status set_privlevel(struct tspdm_tsm_request *q, uint64_t *generation)
{
	const struct tspdm_tsm_source *source = q->source;
	uint64_t level = source->privlevel, lowest;
	enum tspdm_status status = tspdm_tsm_read_number(q, "privlevel_floor", &lowest);
	uint8_t digit;

	if (status != TSPDM_OK && q->error == ENOENT)
		return source->has_privlevel
			       ? tspdm_tsm_refuse(q, "privlevel", "this provider has no privilege levels", false)
			       : TSPDM_OK;
	TSPDM_TRY(status);
	if (!source->has_privlevel)
		level = lowest;
	if (level < lowest)
		return tspdm_tsm_refuse(
			q, "privlevel", "below the level that this guest may ask for (privlevel_floor)", false);
	if (level > 3)
		return tspdm_tsm_refuse(q, "privlevel_floor", "above 3", false);
	if (!source->has_privlevel && level == 0)
		return TSPDM_OK;
	digit = (uint8_t)('0' + level);
	TSPDM_TRY(tspdm_tsm_write(q, "privlevel", (struct tspdm_view){ &digit, 1 }));
	++*generation;
	return TSPDM_OK;
}

static enum tspdm_status expect_generation(struct tspdm_tsm_request *q, uint64_t expected, const char *otherwise)
{
	uint64_t generation;

	TSPDM_TRY(tspdm_tsm_read_number(q, "generation", &generation));
	return generation == expected ? TSPDM_OK : tspdm_tsm_refuse(q, "generation", otherwise, true);
}

/* Certificates are a help, and optional. */
static enum tspdm_status read_auxblob(struct tspdm_tsm_request *q, struct tspdm_buffer *out)
{
	enum tspdm_status status = tspdm_tsm_read(q, "auxblob", out);

	return status != TSPDM_OK && q->error == ENOENT ? TSPDM_OK : status;
}

static enum tspdm_status use_instance(
	struct tspdm_tsm_request *q, const uint8_t *report_data, struct tspdm_worker_product *out)
{
	uint64_t generation;
	const char *wrong;

	TSPDM_TRY(tspdm_tsm_read_number(q, "generation", &generation));
	TSPDM_TRY(set_privlevel(q, &generation));
	TSPDM_TRY(tspdm_tsm_write(q, "inblob", (struct tspdm_view){ report_data, TSPDM_REPORT_DATA_LEN }));
	generation++;
	TSPDM_TRY(expect_generation(q, generation, "what was written to inblob was not taken"));
	TSPDM_TRY(tspdm_tsm_read(q, "outblob", &out->report));
	TSPDM_TRY(read_auxblob(q, &out->certificates));
	TSPDM_TRY(expect_generation(q, generation, "somebody else wrote to this request"));
	wrong = tspdm_worker_recognise(out, q->source->tee, report_data);
	return wrong == NULL ? TSPDM_OK : tspdm_tsm_refuse(q, "outblob", wrong, false);
}

static enum tspdm_status try_once(void *request, const uint8_t *report_data, struct tspdm_worker_product *out)
{
	struct tspdm_tsm_request *q = request;
	enum tspdm_status status;

	TSPDM_TRY(tspdm_tsm_make_instance(q));
	status = use_instance(q, report_data, out);
	tspdm_tsm_remove_instance(q);
	return status;
}

enum tspdm_status tspdm_tsm_produce(
	struct tspdm_worker *worker, const uint8_t *report_data, struct tspdm_worker_product *out)
{
	struct tspdm_tsm_source *source = (struct tspdm_tsm_source *)worker;
	struct tspdm_tsm_request q = { .source = source, .reason = out->reason, .reason_cap = sizeof out->reason };
	const struct tspdm_worker_tries tries = { source->attempts, source->backoff_us, try_once, &q, &q.is_transient };

	return tspdm_worker_try(worker, &tries, report_data, out);
}
