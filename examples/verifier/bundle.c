/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --bundle and --appraise BUNDLE: what an appraisal is made from is kept as it comes, and appraised again from what was
 * kept. Nothing is kept after the verdict: what is sent in a session is nobody else's business. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tspdm/bundle.h>
#include <tspdm/result.h>

#include "attest.h"

enum { GROWTH = 1 << 16 };

/* The messages so far, in a bundle's own form. */
struct bundle_recorder {
	struct tspdm_buffer messages;
	size_t last_at; /* where the last message begins */
	uint32_t count;
	bool is_done, has_lost;
	bool is_mutual; /* the peer has authenticated the verifier, by the key of a slot */
	uint8_t slot;
	uint32_t session;
	uint8_t exporter[TSPDM_EVIDENCE_EXPORTER_LEN];
	uint8_t channel[64];
	size_t channel_len;
};

bool bundle_begin(const struct material *m, struct appraisal *a)
{
	a->recorder = m->options->bundle != NULL ? calloc(1, sizeof *a->recorder) : NULL;
	return m->options->bundle == NULL || a->recorder != NULL;
}

static bool make_room(struct bundle_recorder *r, size_t len)
{
	size_t cap = r->messages.len + len + GROWTH;
	uint8_t *larger;

	if (len + 64 <= r->messages.cap - r->messages.len)
		return true;
	larger = cap <= TSPDM_BUNDLE_MAX ? realloc(r->messages.ptr, cap) : NULL;
	if (larger == NULL)
		return false;
	r->messages.ptr = larger;
	r->messages.cap = cap;
	return true;
}

/* A request that is repeated for want of an answer was one request. */
static bool is_repetition(const struct bundle_recorder *r, bool is_request, size_t at)
{
	size_t len = r->messages.len - at;

	return is_request && r->count != 0 && at - r->last_at == len &&
	       memcmp(r->messages.ptr + r->last_at, r->messages.ptr + at, len) == 0;
}

static void on_message(void *context, bool is_request, uint32_t session, struct tspdm_view message)
{
	struct bundle_recorder *r = context;
	const struct tspdm_bundle_message m = { is_request, session, message };
	size_t at = r->messages.len;

	if (r->is_done)
		return;
	if (r->count == TSPDM_BUNDLE_MESSAGES_MAX || !make_room(r, message.len) ||
		tspdm_bundle_write_message(&r->messages, &m) != TSPDM_OK) {
		r->messages.len = at;
		r->has_lost = r->is_done = true;
		return;
	}
	if (is_repetition(r, is_request, at)) {
		r->messages.len = at;
		return;
	}
	r->last_at = at;
	r->count++;
}

struct tspdm_observer_hook bundle_hook(const struct appraisal *a)
{
	return (struct tspdm_observer_hook){ a->recorder != NULL ? on_message : NULL, a->recorder };
}

void bundle_keep_session(const struct attest *t)
{
	struct bundle_recorder *r = t->a->recorder;
	uint32_t session = tspdm_requester_evidence(t->requester)->session;
	struct tspdm_view channel = attest_channel(t);

	if (r == NULL || r->is_done ||
		tspdm_requester_evidence_exporter(t->requester, session, TSPDM_ROLE_RESPONDER, r->exporter) != TSPDM_OK)
		return;
	r->session = session;
	r->is_mutual = t->a->session.is_mutual;
	r->slot = t->a->session.requester_slot;
	r->channel_len = channel.len <= sizeof r->channel ? channel.len : 0;
	if (r->channel_len != 0)
		memcpy(r->channel, channel.ptr, r->channel_len);
}

void bundle_close(struct appraisal *a)
{
	if (a->recorder != NULL)
		a->recorder->is_done = true;
}

void bundle_free(struct appraisal *a)
{
	if (a->recorder != NULL)
		free(a->recorder->messages.ptr);
	free(a->recorder);
	tspdm_bundle_subject_free(a->replayed);
	free(a->source.bytes);
	free(a->bundle);
	a->recorder = NULL;
	a->replayed = NULL;
	a->source = (struct file){ NULL, 0 };
	a->bundle = NULL;
}

/* ---- Making a bundle ---- */

/* A name that a bundle may have. */
static struct tspdm_view printable(const char *text, char *room, size_t cap)
{
	size_t len = strnlen(text, cap - 1);

	for (size_t i = 0; i < len; i++)
		room[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	return (struct tspdm_view){ (const uint8_t *)room, len };
}

static bool is_dcap(const struct tspdm_dcap_collateral *c, struct tspdm_view view)
{
	const struct tspdm_view parts[] = { c->tcb_info, c->qe_identity, c->tcb_signing_chain,
		c->qe_identity_signing_chain, c->pck_crl, c->pck_crl_issuer_chain, c->root_ca_crl };

	for (size_t i = 0; i < COUNT(parts); i++)
		if (parts[i].len != 0 && parts[i].ptr == view.ptr)
			return true;
	return false;
}

static void take_material(const struct material *m, struct tspdm_bundle *b)
{
	b->collateral = m->collateral;
	b->event_log = (struct tspdm_view){ m->event_log.bytes, m->event_log.len };
	for (unsigned i = 0; i < m->certificates.count && b->certificate_count < TSPDM_BUNDLE_CERTIFICATES_MAX; i++)
		if (m->views[i].len != 0 && !is_dcap(&m->collateral, m->views[i]))
			b->certificates[b->certificate_count++] = m->views[i];
}

static void take_record(const struct material *m, const struct bundle_recorder *r, struct tspdm_bundle *b)
{
	b->messages = tspdm_buffer_view(&r->messages);
	b->message_count = r->count;
	b->session = r->session;
	if (r->session == 0)
		return;
	b->exporter = (struct tspdm_view){ r->exporter, sizeof r->exporter };
	b->channel = (struct tspdm_view){ r->channel, r->channel_len };
	if (m->options->is_key_alone)
		b->requester_key = m->own.slots[0].spki;
	else if (r->is_mutual && r->slot < TSPDM_SLOTS)
		b->requester_certificates = m->own.slots[r->slot].certificates;
}

/* What was appraised: messages, a file, a device's directory, and the devices beside it. */
static void take_subject(const struct material *m, const struct appraisal *a, struct tspdm_bundle *b)
{
	if (a->recorder != NULL && a->recorder->count != 0)
		take_record(m, a->recorder, b);
	else if (a->device != NULL)
		b->devices[b->device_count++] = device_files_record(&a->device->files);
	else
		b->evidence = (struct tspdm_view){ a->source.bytes, a->source.len };
	for (unsigned i = 0; i < a->attached.count && b->device_count < TSPDM_DEVICES_MAX; i++)
		b->devices[b->device_count++] = a->attached.items[i].record;
}

static enum tspdm_status write_whole(const struct material *m, const struct tspdm_bundle *b, struct tspdm_buffer *out)
{
	enum tspdm_status status = tspdm_bundle_write(m->crypto, b, out);

	if (status != TSPDM_ERR_BUFFER)
		return status;
	*out = (struct tspdm_buffer){ malloc(out->len), out->len, 0 };
	return out->ptr != NULL ? tspdm_bundle_write(m->crypto, b, out) : TSPDM_ERR_MEMORY;
}

static enum tspdm_status fill(
	const struct material *m, const struct appraisal *a, struct tspdm_bundle *b, struct tspdm_buffer *out)
{
	char endpoint[TSPDM_BUNDLE_TEXT_MAX + 1], policy[TSPDM_POLICY_ID_MAX] = "";

	b->size = sizeof *b;
	b->time = m->time;
	b->age_s = a->subject.evidence_age_s;
	b->endpoint = printable(a->subject.name, endpoint, sizeof endpoint);
	b->verifier = (struct tspdm_view){ (const uint8_t *)m->options->program, strlen(m->options->program) };
	if (m->policy != NULL)
		TSPDM_TRY(tspdm_policy_id((struct tspdm_view){ m->policy_text.bytes, m->policy_text.len }, policy));
	b->policy = (struct tspdm_view){ (const uint8_t *)policy, strlen(policy) };
	take_material(m, b);
	take_subject(m, a, b);
	return write_whole(m, b, out);
}

enum tspdm_status bundle_make(const struct material *m, const struct appraisal *a, struct tspdm_buffer *out)
{
	struct tspdm_bundle *b = calloc(1, sizeof *b);
	enum tspdm_status status = TSPDM_ERR_MEMORY;

	*out = (struct tspdm_buffer){ NULL, 0, 0 };
	if (a->recorder != NULL && a->recorder->has_lost)
		status = TSPDM_ERR_TOO_LARGE;
	else if (b != NULL)
		status = fill(m, a, b, out);
	free(b);
	return status;
}

/* ---- Appraising one ---- */

static enum tspdm_status replay(const struct material *m, struct appraisal *a)
{
	const struct tspdm_verify_input verify = verify_input(m);
	const struct tspdm_bundle_input input = {
		.size = sizeof input,
		.bundle = a->bundle,
		.verify = &verify,
		.anchors = { m->anchors.bytes, m->anchors.len },
		.peer_key = { m->peer_key.bytes, m->peer_key.len },
		.strict = m->options->is_strict ? TSPDM_STRICT_ALL : 0,
		.evidence_wanted = m->options->evidence == EVIDENCE_REQUIRED,
	};

	return tspdm_bundle_subject_new(m->crypto, &input, &a->replayed);
}

/* Who was refused before a session was opened was so for another reason than that there is none. */
static void judge_without_session(const struct material *m, struct appraisal *a)
{
	struct tspdm_verdict *first = malloc(sizeof *first);
	struct tspdm_subject *s = &a->subject;

	if (first != NULL && a->bundle->message_count != 0 && s->session == NULL && !is_good_verdict(&a->verdict)) {
		s->is_preliminary = true;
		tspdm_appraise(m->policy, s, first);
		s->is_preliminary = false;
		if (!is_good_verdict(first)) /* else it is the session that is missing */
			a->verdict = *first;
	}
	free(first);
}

/* What is wrong with the record is the reason, and not what is missing because of that. */
static void tell_record(struct appraisal *a)
{
	const struct tspdm_check *record = tspdm_checks_find(&a->verdict.checks, "bundle.record");

	if (record == NULL || record->result != TSPDM_CHECK_FAILED)
		return;
	a->verdict.status = record->status;
	snprintf(a->verdict.reason, sizeof a->verdict.reason, "%s: %.300s", record->name, record->detail);
}

void bundle_appraise(const struct material *m, const char *path, struct appraisal *a)
{
	char why[128] = "";
	enum tspdm_status status = TSPDM_ERR_MEMORY;

	a->bundle = malloc(sizeof *a->bundle);
	if (a->bundle != NULL)
		status = tspdm_bundle_read(
			m->crypto, (struct tspdm_view){ a->source.bytes, a->source.len }, a->bundle, why, sizeof why);
	if (status != TSPDM_OK) {
		give_up(a, "bundle", status, "%s", why[0] != '\0' ? why : tspdm_status_text(status));
		return;
	}
	status = replay(m, a);
	if (status != TSPDM_OK) {
		give_up(a, "bundle", status, "%s", tspdm_status_text(status));
		return;
	}
	a->subject = *tspdm_bundle_subject(a->replayed);
	a->subject.name = path;
	devices_attach(m, a);
	tspdm_appraise(m->policy, &a->subject, &a->verdict);
	judge_without_session(m, a);
	tell_record(a);
}
