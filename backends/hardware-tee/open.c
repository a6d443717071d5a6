/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Looks for the TEE around the program, one interface after the other, and keeps an account of the search. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <tspdm/hardware_tee.h>

#include "base/config.h"
#include "../evidence-worker/worker.h"

struct search {
	struct tspdm_hardware_tee_config config;
	struct tspdm_evidence_source *found;
	size_t text_len;
	char why[TSPDM_WORKER_REASON_MAX];
};

__attribute__((format(printf, 2, 3))) static void tell(struct search *s, const char *format, ...)
{
	size_t left = s->config.text != NULL && s->config.text_cap > s->text_len ? s->config.text_cap - s->text_len : 0;
	va_list arguments;
	int len;

	if (left == 0)
		return;
	va_start(arguments, format);
	len = vsnprintf(s->config.text + s->text_len, left, format, arguments);
	va_end(arguments);
	s->text_len += len < 0 ? 0 : (size_t)len < left ? (size_t)len : left - 1;
}

static bool is_wanted(const struct search *s, enum tspdm_tee tee)
{
	return s->config.kind == TSPDM_TEE_NONE || tee == TSPDM_TEE_NONE || tee == s->config.kind;
}

/* Takes a source, or says why not. */
static enum tspdm_status take_source(struct search *s, enum tspdm_status status, struct tspdm_evidence_source *source)
{
	if (status == TSPDM_ERR_EVIDENCE_SOURCE)
		tell(s, "%s%s", s->text_len != 0 ? "; " : "", s->why);
	if (status != TSPDM_OK)
		return status;
	if (is_wanted(s, source->ops->tee)) {
		s->found = source;
		return TSPDM_OK;
	}
	tell(s, "%s%s: this is %s, not %s", s->text_len != 0 ? "; " : "", source->ops->name,
		tspdm_tee_name(source->ops->tee), tspdm_tee_name(s->config.kind));
	tspdm_worker_free(source);
	return TSPDM_ERR_EVIDENCE_SOURCE;
}

static enum tspdm_status try_configfs_tsm(struct search *s)
{
	struct tspdm_configfs_tsm_config config = { .size = sizeof config };
	struct tspdm_evidence_source *source = NULL;
	enum tspdm_status status;

	if (s->config.configfs_tsm != NULL && s->config.configfs_tsm->size != sizeof config)
		return TSPDM_ERR_ARGUMENT;
	if (s->config.configfs_tsm != NULL)
		config = *s->config.configfs_tsm;
	config.reason = s->why;
	config.reason_cap = sizeof s->why;
	status = tspdm_configfs_tsm_new(&config, &source); /* before `source` is read: arguments have no order */
	return take_source(s, status, source);
}

static enum tspdm_status try_sev_guest(struct search *s)
{
	struct tspdm_sev_guest_config config = { .size = sizeof config };
	struct tspdm_evidence_source *source = NULL;
	enum tspdm_status status;

	if (s->config.sev_guest != NULL && s->config.sev_guest->size != sizeof config)
		return TSPDM_ERR_ARGUMENT;
	if (s->config.sev_guest != NULL)
		config = *s->config.sev_guest;
	config.reason = s->why;
	config.reason_cap = sizeof s->why;
	status = tspdm_sev_guest_new(&config, &source); /* before `source` is read: arguments have no order */
	return take_source(s, status, source);
}

static enum tspdm_status try_tdx_guest(struct search *s)
{
	struct tspdm_tdx_guest_config config = { .size = sizeof config };
	struct tspdm_evidence_source *source = NULL;
	enum tspdm_status status;

	if (s->config.tdx_guest != NULL && s->config.tdx_guest->size != sizeof config)
		return TSPDM_ERR_ARGUMENT;
	if (s->config.tdx_guest != NULL)
		config = *s->config.tdx_guest;
	config.reason = s->why;
	config.reason_cap = sizeof s->why;
	status = tspdm_tdx_guest_new(&config, &source); /* before `source` is read: arguments have no order */
	return take_source(s, status, source);
}

static enum tspdm_status try_sgx_attestation(struct search *s)
{
	struct tspdm_sgx_attestation_config config = { .size = sizeof config };
	struct tspdm_evidence_source *source = NULL;
	enum tspdm_status status;

	if (s->config.sgx_attestation != NULL && s->config.sgx_attestation->size != sizeof config)
		return TSPDM_ERR_ARGUMENT;
	if (s->config.sgx_attestation != NULL)
		config = *s->config.sgx_attestation;
	config.reason = s->why;
	config.reason_cap = sizeof s->why;
	status = tspdm_sgx_attestation_new(&config, &source); /* before `source` is read: arguments have no order */
	return take_source(s, status, source);
}

static enum tspdm_status take(struct tspdm_hardware_tee_config *to, const struct tspdm_hardware_tee_config *from)
{
	TSPDM_TRY(tspdm_take_config(to, sizeof *to, from, from->size, sizeof *to)); /* all fields are of 0.1 */
	return to->reserved == 0 ? TSPDM_OK : TSPDM_ERR_UNSUPPORTED;
}

enum tspdm_status tspdm_hardware_tee_open(
	const struct tspdm_hardware_tee_config *config, struct tspdm_evidence_source **out)
{
	static enum tspdm_status (*const tries[])(
		struct search *) = { try_configfs_tsm, try_sev_guest, try_tdx_guest, try_sgx_attestation };
	struct search s = { .found = NULL };
	enum tspdm_status status = TSPDM_ERR_EVIDENCE_SOURCE;

	if (config == NULL || out == NULL)
		return TSPDM_ERR_ARGUMENT;
	*out = NULL;
	TSPDM_TRY(take(&s.config, config));
	if (s.config.text != NULL && s.config.text_cap != 0)
		s.config.text[0] = '\0';
	for (size_t i = 0; i < sizeof tries / sizeof tries[0] && status == TSPDM_ERR_EVIDENCE_SOURCE; i++)
		status = tries[i](&s);
	if (status != TSPDM_OK)
		return status;
	tell(&s, "%susing %s", s.text_len != 0 ? "; " : "", s.found->ops->name);
	*out = s.found;
	return TSPDM_OK;
}

void tspdm_hardware_tee_close(struct tspdm_evidence_source *source)
{
	tspdm_worker_free(source);
}

const char *tspdm_hardware_tee_reason(const struct tspdm_evidence_source *source)
{
	return tspdm_worker_reason(source);
}
