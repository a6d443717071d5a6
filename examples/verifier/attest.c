/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Attesting an endpoint: connect, authenticate, measure, fetch the evidence, and hand it all to appraisal. Each step
 * that fails ends the appraisal with its own check and status. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forms.h"
#include "lookup.h"
#include "tap.h"
#include "task.h"

enum { S_US = 1000000 };

/* What went wrong in an exchange, with whatever the peer said about it. */
static void describe(const struct tspdm_requester_error *e, char *out, size_t cap)
{
	const char *request = e->request_code != 0 ? tspdm_code_name(e->request_code) : "before the first request";

	if (e->peer_error != 0)
		snprintf(out, cap, "%s: %s: %s (0x%02x), data 0x%02x", request, tspdm_status_text(e->status),
			tspdm_error_code_name(e->peer_error), e->peer_error, e->peer_error_data);
	else
		snprintf(out, cap, "%s: %s [%s]", request, tspdm_status_text(e->status), e->clause);
}

void describe_failure(const struct attest *t, char *out, size_t cap)
{
	const struct tspdm_requester_error *e = tspdm_requester_error(t->requester);
	char text[256];

	describe(e, text, sizeof text);
	snprintf(out, cap, "%s%s%s", text, identity_advice(t, e), preshared_advice(t, e));
}

/* What could not even begin is no fault of the last exchange. */
static bool give_up_exchange(struct attest *t, const char *check, enum tspdm_status status)
{
	const struct tspdm_requester_error *e = tspdm_requester_error(t->requester);
	bool is_untrusted = e->status == TSPDM_ERR_CHAIN_UNTRUSTED;
	char text[384];

	if (e->status == TSPDM_OK) {
		give_up(t->a, check, status, "%s", tspdm_status_text(status));
		return false;
	}
	describe_failure(t, text, sizeof text);
	give_up(t->a, check, e->status, "%s%s", text, is_untrusted ? "; give its root with --trust" : "");
	return false;
}

/* Begins a job with its result in `status`, runs it, and tells of a failure. */
static bool run_job(struct attest *t, enum tspdm_status begun, const char *check)
{
	if (begun != TSPDM_OK) {
		give_up(t->a, check, begun, "%s", tspdm_status_text(begun));
		return false;
	}
	begun = tspdm_run(t->requester, t->transport);
	return begun == TSPDM_OK || give_up_exchange(t, check, begun);
}

/* ---- Connection ---- */

/* Only a transport that has no such value is without one: TLS whose value cannot be had is no connection. */
static enum tspdm_status take_channel(struct attest *t)
{
	enum tspdm_status status = tspdm_transport_channel(t->transport, t->channel);

	t->channel_len = status == TSPDM_OK ? sizeof t->channel : 0;
	return status == TSPDM_ERR_UNSUPPORTED ? TSPDM_OK : status;
}

struct tspdm_view attest_channel(const struct attest *t)
{
	return (struct tspdm_view){ t->channel, t->channel_len };
}

static bool open_transport(struct attest *t, const char *endpoint)
{
	struct tspdm_transport_options options = {
		.size = sizeof options,
		.timeout_us = (uint64_t)t->m->options->timeout_s * 1000000,
		.is_strict = t->m->options->is_strict,
		.tls = t->m->tls,
	};
	struct tspdm_endpoint_error why = { "" };
	enum tspdm_status status;

	if (t->m->tasks != NULL)
		options.wait = (struct tspdm_wait_hook){ task_wait, t->m->tasks, lookup_resolve };
	status = tspdm_transport_open(endpoint, &options, &t->transport, &why);

	if (status == TSPDM_OK) {
		status = take_channel(t);
		if (status == TSPDM_OK && !tap_open(&t->transport, t->m->pcap, endpoint))
			status = TSPDM_ERR_MEMORY;
		if (status != TSPDM_OK)
			tspdm_transport_close(t->transport);
	}
	if (status == TSPDM_OK) {
		snprintf(t->a->binding_name, sizeof t->a->binding_name, "%s", t->transport->binding->name);
		return true;
	}
	t->transport = NULL;
	give_up(t->a, "connect", status, "%s", why.text[0] != '\0' ? why.text : tspdm_status_text(status));
	return false;
}

static bool make_requester(struct attest *t)
{
	const struct options *o = t->m->options;
	struct tspdm_requester_config config = {
		.size = sizeof config,
		.crypto = t->m->crypto,
		.binding = t->transport->binding,
		.request = t->a->request,
		.request_len = sizeof t->a->request,
		.versions = o->versions,
		.strict = o->is_strict ? TSPDM_STRICT_ALL : 0,
		.asym = o->asym,
		.hash = o->hash,
		.patience_us = (uint64_t)o->timeout_s * 1000000,
		.retries = o->retries, /* all endpoints are streams: by default none */
		/* The evidence certifies the key; without evidence only a trust anchor does. */
		.allow_unanchored_chain = o->evidence != EVIDENCE_NONE,
		.anchors = { t->m->anchors.bytes, t->m->anchors.len },
		.time = t->m->time,
		.max_message = o->max_message != 0 ? o->max_message : DEFAULT_MAX_MESSAGE,
		.data_transfer_size = o->data_transfer_size,
		.peer_key = { t->m->peer_key.bytes, t->m->peer_key.len },
		.observer = bundle_hook(t->a),
		.key_log = keylog_hook(t->m->keylog),
		.chain_cache = t->m->chain_cache,
	};
	enum tspdm_status status = TSPDM_ERR_MEMORY;

	/* A peer may take less in one piece than a request has, so chunks are always offered. */
	config.large = t->large = malloc(config.max_message);
	config.large_len = config.max_message;
	config.capabilities |= TSPDM_CAP_CHUNK;
	t->memory = malloc(tspdm_requester_size());
	if (t->memory != NULL && t->large != NULL && session_configure(t, &config))
		status = tspdm_requester_init(t->memory, tspdm_requester_size(), &config, &t->requester);
	if (status == TSPDM_OK)
		return true;
	t->requester = NULL;
	give_up(t->a, "requester", status, "%s", tspdm_status_text(status));
	return false;
}

static bool negotiate(struct attest *t)
{
	uint32_t wanted = t->m->options->measurement_hash;
	struct appraisal *a = t->a;

	if (!run_job(t, tspdm_requester_connect(t->requester), "spdm.connect"))
		return false;
	a->negotiated = *tspdm_requester_negotiated(t->requester);
	a->subject.negotiated = &a->negotiated;
	/* The responder chooses this one alone, so it can only be judged afterwards. */
	if (wanted == 0 || a->negotiated.measurement_hash == 0 || (wanted & a->negotiated.measurement_hash) != 0)
		return true;
	give_up(a, "spdm.connect", TSPDM_ERR_NOT_OFFERED, "the peer's measurement hash is none of --meas-hash");
	return false;
}

/* What is printed in the end must not point into the requester, which is gone by then. */
static void keep_identity(struct appraisal *a, const struct tspdm_identity *identity)
{
	size_t len = identity->spki.len < sizeof a->spki ? identity->spki.len : sizeof a->spki;

	a->identity = *identity;
	if (len != 0)
		memcpy(a->spki, identity->spki.ptr, len);
	a->identity.spki = (struct tspdm_view){ a->spki, len };
	a->identity.summary_hash = (struct tspdm_view){ NULL, 0 };
	a->subject.identity = &a->identity;
}

/* A peer that signs nothing: it has no certificates, and no key that anybody was given. */
static bool is_without_key(const struct attest *t)
{
	return t->m->options->peer_key == NULL &&
	       (t->a->negotiated.peer_capabilities & (TSPDM_CAP_CERT | TSPDM_CAP_PUB_KEY_ID)) == 0;
}

/* Whoever is to be known by his key is not taken for good by some certificates, nor the other way round. */
static bool can_authenticate(struct attest *t)
{
	uint32_t flags = t->a->negotiated.peer_capabilities;
	const char *why = NULL;

	if (t->m->options->peer_key != NULL && (flags & TSPDM_CAP_PUB_KEY_ID) == 0)
		why = "the peer is not known by a key alone (PUB_KEY_ID_CAP), as --peer-key has it";
	else if (t->m->options->peer_key == NULL && (flags & TSPDM_CAP_PUB_KEY_ID) != 0)
		why = "the peer has a key and no certificates (PUB_KEY_ID_CAP); give it with --peer-key";
	if (why != NULL)
		give_up(t->a, "spdm.authenticate", TSPDM_ERR_CAPABILITY_MISSING, "%s", why);
	return why == NULL;
}

static bool authenticate(struct attest *t)
{
	const struct options *o = t->m->options;
	struct appraisal *a = t->a;
	struct tspdm_authenticate job = {
		.slot = o->peer_key != NULL ? TSPDM_SLOT_PUBLIC_KEY : o->slot,
		.skip_challenge = o->no_challenge || (a->negotiated.peer_capabilities & TSPDM_CAP_CHAL) == 0,
		.require_mutual = o->wants_basic_mutual,
		.chain = a->chain,
		.chain_cap = sizeof a->chain,
	};

	if (is_without_key(t))
		return preshared_authenticate(t);
	if (!can_authenticate(t))
		return false;
	if (!run_job(t, tspdm_requester_authenticate(t->requester, &job), "spdm.authenticate"))
		return false;
	keep_identity(a, tspdm_requester_identity(t->requester));
	return true;
}

/* ---- Measurements ---- */

static bool can_sign(const struct attest *t)
{
	return (t->a->negotiated.peer_capabilities & TSPDM_CAP_MEAS_MASK) == TSPDM_CAP_MEAS_SIG;
}

/* One GET_MEASUREMENTS job whose record is appended to the ordinary measurements. */
static enum tspdm_status measure_once(struct attest *t, uint8_t operation, bool one_by_one)
{
	struct appraisal *a = t->a;
	size_t used = a->measured.record.len;
	struct tspdm_measure job = {
		.operation = operation,
		.is_signed = can_sign(t),
		.one_by_one = one_by_one,
		.record = a->record + used,
		.record_cap = sizeof a->record - used,
	};

	TSPDM_TRY(tspdm_requester_measure(t->requester, &job));
	TSPDM_TRY(tspdm_run(t->requester, t->transport));
	a->measured = *tspdm_requester_measured(t->requester);
	a->measured.record = (struct tspdm_view){ a->record, used + a->measured.record.len };
	a->subject.measured = &a->measured;
	return TSPDM_OK;
}

/* A peer whose blocks do not fit one message says so, and is then asked block by block. */
static bool measure_all(struct attest *t)
{
	enum tspdm_status status = measure_once(t, TSPDM_MEASUREMENT_ALL, false);

	if (status != TSPDM_OK && tspdm_requester_error(t->requester)->peer_error == TSPDM_ERROR_RESPONSE_TOO_LARGE)
		status = measure_once(t, TSPDM_MEASUREMENT_ALL, true);
	return status == TSPDM_OK || give_up_exchange(t, "spdm.measurements", status);
}

static bool measure(struct attest *t)
{
	const struct options *o = t->m->options;
	enum tspdm_status status = TSPDM_OK;

	if ((t->a->negotiated.peer_capabilities & TSPDM_CAP_MEAS_MASK) == 0) {
		if (!o->has_indices)
			return true;
		give_up(t->a, "spdm.measurements", TSPDM_ERR_CAPABILITY_MISSING,
			"the peer has no measurements (MEAS_CAP)");
		return false;
	}
	if (!o->has_indices)
		return measure_all(t);
	for (unsigned i = 1; i < 255 && status == TSPDM_OK; i++)
		if ((o->indices[i / 8] & 1U << i % 8) != 0)
			status = measure_once(t, (uint8_t)i, false);
	return status == TSPDM_OK || give_up_exchange(t, "spdm.measurements", status);
}

/* ---- Evidence ---- */

/* Evidence in the leaf, made when the certificate was. */
static void take_certificate_evidence(struct attest *t)
{
	struct appraisal *a = t->a;
	struct tspdm_buffer room = { .ptr = a->extension, .cap = sizeof a->extension };
	struct tspdm_tagged_evidence tagged;
	enum tspdm_status status = tspdm_read_certificate_evidence(a->identity.leaf, &room, &tagged);
	struct tspdm_buffer whole = { a->certificate_raw, sizeof a->certificate_raw, 0 };

	if (status == TSPDM_ERR_EVIDENCE_MISSING)
		return;
	if (status != TSPDM_OK) {
		tspdm_checks_add(&a->subject.binding, "binding.certificate", status,
			"certificate slot %u: the evidence in the leaf cannot be read", a->identity.slot);
		return;
	}
	if (tspdm_write_evidence(&whole, &tagged.evidence) != TSPDM_OK)
		whole.len = 0; /* then it is no evidence of a known kind */
	verify_evidence(t->m, tspdm_buffer_view(&whole), &a->certificate_evidence);
	a->subject.certificate_evidence = a->certificate_evidence.found;
	tspdm_check_leaf_binding(
		&(struct tspdm_leaf_check){ t->m->crypto, &a->identity, &tagged, a->certificate_evidence.found },
		&a->subject.binding);
}

/* Only a refusal by the peer means that there is none; whatever else fails is a failure of the connection. */
static bool is_refusal(const struct tspdm_requester_error *e)
{
	return e->status == TSPDM_ERR_PEER &&
	       (e->peer_error == TSPDM_ERROR_INVALID_REQUEST || e->peer_error == TSPDM_ERROR_UNSUPPORTED_REQUEST ||
		       e->peer_error == TSPDM_ERROR_UNSPECIFIED || e->peer_error == TSPDM_ERROR_OPERATION_FAILED);
}

static bool fetch_evidence(struct attest *t, struct tspdm_measurement_block *block)
{
	struct appraisal *a = t->a;
	struct tspdm_measure job = {
		.operation = TSPDM_INDEX_MANIFEST,
		.is_signed = true,
		.is_raw = true,
		.record = a->evidence_record,
		.record_cap = sizeof a->evidence_record,
	};
	const struct tspdm_measured *measured;
	enum tspdm_status status;
	struct tspdm_view left;

	*block = (struct tspdm_measurement_block){ 0 };
	t->asked_us = tspdm_now_us();
	status = tspdm_requester_measure(t->requester, &job);
	if (status == TSPDM_OK)
		status = tspdm_run(t->requester, t->transport);
	if (status != TSPDM_OK) {
		if (!is_refusal(tspdm_requester_error(t->requester)))
			return give_up_exchange(t, "spdm.evidence", status);
		tspdm_checks_skip(&a->subject.binding, "binding.measurement",
			"the peer refused to make fresh evidence: %s",
			tspdm_error_code_name(tspdm_requester_error(t->requester)->peer_error));
		return true;
	}
	measured = tspdm_requester_measured(t->requester);
	left = measured->record;
	memcpy(a->measured.nonce, measured->nonce, sizeof a->measured.nonce); /* the one that evidence is bound to */
	a->measured.slot = measured->slot;
	a->measured.session = measured->session;
	a->measured.is_verified = measured->is_verified && (a->subject.measured == NULL || a->measured.is_verified);
	a->subject.measured = &a->measured;
	if (tspdm_next_block(&left, block) == TSPDM_OK)
		return true;
	give_up(a, "spdm.evidence", TSPDM_ERR_MEASUREMENT, "the answer holds no block 0xFD");
	return false;
}

/* Fresh evidence: block 0xFD, raw, in a signed MEASUREMENTS whose nonce it commits to (docs/profile.md). */
static bool take_fresh_evidence(struct attest *t)
{
	struct appraisal *a = t->a;
	struct tspdm_measurement_block block;
	struct tspdm_evidence kind;
	struct tspdm_fresh_check check;

	if (!can_sign(t)) {
		tspdm_checks_skip(&a->subject.binding, "binding.measurement", "the peer signs no measurements");
		return true;
	}
	if (!fetch_evidence(t, &block))
		return false;
	if (block.index != TSPDM_INDEX_MANIFEST)
		return true;
	if ((block.type & TSPDM_MEASUREMENT_RAW) == 0) {
		tspdm_checks_skip(&a->subject.binding, "binding.measurement",
			"block 0xFD is a digest: the peer has no raw evidence there");
		return true;
	}
	/* A plain device has a manifest of its own there; a TEE that shows evidence in its certificate has not. */
	if (tspdm_found_base(&a->subject.certificate_evidence) == NULL &&
		tspdm_read_evidence(block.value, &kind) != TSPDM_OK) {
		tspdm_checks_skip(&a->subject.binding, "binding.measurement",
			"block 0xFD is neither an SEV-SNP report nor a TDX or SGX quote");
		return true;
	}
	verify_evidence(t->m, block.value, &a->evidence);
	a->subject.evidence = a->evidence.found;
	check = (struct tspdm_fresh_check){
		.identity = &a->identity,
		.is_in_session = a->measured.session != 0,
		.found = a->evidence.found,
		.certificate = a->certificate_evidence.found,
	};
	check.status = tspdm_requester_bind_measured(t->requester, attest_channel(t), check.expected);
	tspdm_check_fresh_binding(&check, &a->subject.binding);
	return true;
}

/* ---- Evidence of the session ---- */

static const char *session_refusal(enum tspdm_status status)
{
	if (status == TSPDM_ERR_EVIDENCE_MISSING)
		return "the peer shows no evidence in a session";
	return status == TSPDM_ERR_EVIDENCE_REFUSED ? "the peer refuses to show evidence in a session" : NULL;
}

static void judge_session_evidence(struct attest *t)
{
	struct appraisal *a = t->a;
	const struct tspdm_session_evidence *shown = tspdm_requester_evidence(t->requester);
	struct tspdm_buffer whole = { a->session_raw, sizeof a->session_raw, 0 };
	struct tspdm_session_check check = {
		.crypto = t->m->crypto,
		.requester = t->requester,
		.channel = attest_channel(t),
	};

	if (tspdm_write_evidence(&whole, &shown->evidence) != TSPDM_OK)
		whole.len = 0;
	verify_evidence(t->m, tspdm_buffer_view(&whole), &a->session_evidence);
	a->subject.session_evidence = a->session_evidence.found;
	check.found = a->session_evidence.found;
	check.other = tspdm_found_base(&a->subject.certificate_evidence) != NULL ? a->subject.certificate_evidence
										 : a->subject.evidence;
	tspdm_check_session_binding(&check, &a->subject.binding);
	devices_take_items(t->m, a, shown->items);
	bundle_keep_session(t);
}

bool attest_session(struct attest *t)
{
	struct appraisal *a = t->a;
	const struct tspdm_get_evidence job = {
		.flags = TSPDM_EVIDENCE_WANT_CERTIFICATES | TSPDM_EVIDENCE_WANT_DEVICES,
		.channel = attest_channel(t),
		.room = a->session_items,
		.room_cap = sizeof a->session_items,
	};
	enum tspdm_status status;

	if (t->m->options->evidence == EVIDENCE_NONE)
		return true;
	t->asked_us = tspdm_now_us();
	status = tspdm_requester_get_evidence(t->requester, &job);
	if (status == TSPDM_OK)
		status = tspdm_run(t->requester, t->transport);
	if (session_refusal(status) != NULL) {
		tspdm_checks_skip(&a->subject.binding, "binding.session", "%s", session_refusal(status));
		return true;
	}
	if (status != TSPDM_OK)
		return give_up_exchange(t, "session.evidence", status);
	judge_session_evidence(t);
	return true;
}

void attest_judge(struct attest *t, bool is_preliminary)
{
	struct tspdm_subject *s = &t->a->subject;
	uint64_t age_s = t->asked_us != 0 ? (tspdm_now_us() - t->asked_us) / S_US : 0;

	s->is_preliminary = is_preliminary;
	s->evidence_age_s = age_s < UINT32_MAX ? (uint32_t)age_s : UINT32_MAX;
	tspdm_appraise(t->m->policy, s, &t->a->verdict);
	if (!is_preliminary)
		bundle_close(t->a);
}

static bool take_evidence(struct attest *t)
{
	if (t->m->options->evidence == EVIDENCE_NONE)
		return true;
	if (!t->a->identity.is_provisioned)
		take_certificate_evidence(t);
	return take_fresh_evidence(t);
}

bool attest_measure(struct attest *t)
{
	return measure(t) && take_evidence(t);
}

static void close_all(struct attest *t)
{
	tspdm_requester_wipe(t->requester);
	free(t->memory);
	session_room_free(t->room);
	free(t->large);
	tspdm_transport_close(t->transport);
}

void attest_endpoint(const struct material *m, const char *endpoint, struct appraisal *a)
{
	struct attest t = { .m = m, .a = a };

	a->subject.name = endpoint; /* the rest is zero, and stays unwritten */
	a->subject.evidence_wanted = m->options->evidence == EVIDENCE_REQUIRED;
	a->subject.time = m->time;
	devices_attach(m, a);
	if (!bundle_begin(m, a))
		give_up(a, "bundle", TSPDM_ERR_MEMORY, "%s", tspdm_status_text(TSPDM_ERR_MEMORY));
	else if (open_transport(&t, endpoint) && make_requester(&t) && negotiate(&t) && authenticate(&t) &&
		 attest_measure(&t)) {
		attest_judge(&t, session_is_possible(&t));
		identity_tell_basic(&t);
		session_run(&t);
		provision_clear(&t);
	}
	hand_over_end(&t);
	close_all(&t);
}
