/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * From a bundle to a subject: evidence is verified anew, and held against what the replay of the messages says that it has to
 * be bound to. The names of the checks are those of a live appraisal, and so is the verdict. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <tspdm/bundle.h>
#include <tspdm/secret.h>

#include "base/config.h"
#include "replay.h"

struct tspdm_bundle_subject {
	struct tspdm_crypto *crypto;
	struct tspdm_bundle_input in;
	struct tspdm_subject subject;
	struct bundle_facts facts;
	struct tspdm_any_finding evidence, certificate_evidence, session_evidence;
	struct tspdm_device_finding *findings[TSPDM_DEVICES_MAX];
	struct tspdm_subject_device devices[TSPDM_DEVICES_MAX];
	char device_names[TSPDM_DEVICES_MAX][16];
	char name[TSPDM_BUNDLE_TEXT_MAX + 1];
	uint8_t extension[TSPDM_CHAIN_MAX];
	uint8_t certificate_raw[TSPDM_CHAIN_MAX];
	struct tspdm_view certificates[2 * TSPDM_BUNDLE_CERTIFICATES_MAX];
};

static struct tspdm_checks *checks_of(struct tspdm_bundle_subject *s)
{
	return &s->subject.binding;
}

/* ---- Verification ---- */

static bool has_collateral(const struct tspdm_dcap_collateral *c)
{
	return c->tcb_info.len != 0 || c->qe_identity.len != 0 || c->pck_crl.len != 0 || c->root_ca_crl.len != 0;
}

/* Collateral is one set: parts of two that were issued at different times need not fit. */
static void verify(struct tspdm_bundle_subject *s, struct tspdm_view raw, struct tspdm_any_finding *finding)
{
	const struct tspdm_bundle *b = s->in.bundle;
	struct tspdm_verify_input input = *s->in.verify;
	size_t count = 0;

	for (size_t i = 0; i < input.certificate_count && i < TSPDM_BUNDLE_CERTIFICATES_MAX; i++)
		s->certificates[count++] = input.certificates[i];
	for (uint32_t i = 0; i < b->certificate_count; i++)
		s->certificates[count++] = b->certificates[i];
	input.evidence = raw;
	input.certificates = s->certificates;
	input.certificate_count = count;
	if (!has_collateral(&input.collateral))
		input.collateral = b->collateral;
	if (input.event_log.len == 0)
		input.event_log = b->event_log;
	/* the finding tells it as well */
	(void)!tspdm_verify_evidence(&input, finding);
}

/* ---- Evidence in the certificate ---- */

static void take_certificate_evidence(struct tspdm_bundle_subject *s)
{
	const struct tspdm_identity *identity = &s->facts.identity;
	struct tspdm_buffer room = { s->extension, sizeof s->extension, 0 };
	struct tspdm_buffer whole = { s->certificate_raw, sizeof s->certificate_raw, 0 };
	struct tspdm_tagged_evidence tagged;
	enum tspdm_status status = TSPDM_ERR_EVIDENCE_MISSING;

	if (s->facts.has_identity && !identity->is_provisioned)
		status = tspdm_read_certificate_evidence(identity->leaf, &room, &tagged);
	if (status == TSPDM_ERR_EVIDENCE_MISSING)
		return;
	if (status != TSPDM_OK) {
		tspdm_checks_add(checks_of(s), "binding.certificate", status,
			"certificate slot %u: the evidence in the leaf cannot be read", identity->slot);
		return;
	}
	if (tspdm_write_evidence(&whole, &tagged.evidence) != TSPDM_OK)
		whole.len = 0; /* then it is no evidence of a known kind */
	verify(s, tspdm_buffer_view(&whole), &s->certificate_evidence);
	s->subject.certificate_evidence = s->certificate_evidence.found;
	tspdm_check_leaf_binding(
		&(struct tspdm_leaf_check){ s->crypto, identity, &tagged, s->certificate_evidence.found },
		checks_of(s));
}

/* ---- Evidence among the measurements ---- */

static void bind_measurement(struct tspdm_bundle_subject *s)
{
	const struct bundle_facts *f = &s->facts;
	const struct tspdm_measurement_binding binding = {
		.role = TSPDM_ROLE_RESPONDER,
		.version = f->negotiated.version,
		.slot = f->fresh.slot,
		.spki = f->identity.spki,
		.nonce = { f->fresh.nonce, TSPDM_NONCE_LEN },
	};
	struct tspdm_fresh_check check = {
		.identity = &f->identity,
		.is_in_session = f->fresh.is_in_session,
		.found = s->evidence.found,
		.certificate = s->certificate_evidence.found,
	};

	if (!check.is_in_session)
		check.status = tspdm_bind_measurement_evidence(s->crypto, &binding, check.expected);
	else if (f->fresh.is_computed)
		memcpy(check.expected, f->fresh.report_data, sizeof check.expected);
	else
		check.status = TSPDM_ERR_SESSION;
	tspdm_check_fresh_binding(&check, checks_of(s));
}

/* A plain device has a manifest of its own there; a TEE that shows evidence in its certificate has not. */
static bool is_evidence(const struct tspdm_bundle_subject *s)
{
	struct tspdm_evidence kind;

	return tspdm_found_base(&s->subject.certificate_evidence) != NULL ||
	       tspdm_read_evidence(s->facts.fresh.raw, &kind) == TSPDM_OK;
}

static void take_fresh_evidence(struct tspdm_bundle_subject *s)
{
	if (s->facts.fresh.raw.len == 0 || !s->facts.has_identity)
		return;
	if (!is_evidence(s)) {
		tspdm_checks_skip(checks_of(s), "binding.measurement",
			"block 0xFD is neither an SEV-SNP report nor a TDX or SGX quote");
		return;
	}
	verify(s, s->facts.fresh.raw, &s->evidence);
	s->subject.evidence = s->evidence.found;
	bind_measurement(s);
}

/* ---- Evidence of the session ---- */

static bool is_seen(struct tspdm_view report_data, const uint8_t *expected)
{
	return report_data.len == TSPDM_REPORT_DATA_LEN &&
	       tspdm_equal_secret(expected, report_data.ptr, TSPDM_REPORT_DATA_LEN);
}

static void take_session_evidence(struct tspdm_bundle_subject *s)
{
	const struct bundle_facts *f = &s->facts;
	bool is_bound;

	if (!f->shown.is_shown)
		return;
	verify(s, f->shown.raw, &s->session_evidence);
	s->subject.session_evidence = s->session_evidence.found;
	if (!f->shown.is_computed) {
		tspdm_checks_skip(checks_of(s), "binding.session",
			"the record does not tell what it has to be bound to: %s",
			f->has_session && f->session.is_psk ? "the session is one by pre-shared key"
							    : "the handshake is not whole, or not signed");
		return;
	}
	if (tspdm_found_report_data(&s->session_evidence.found).len == 0)
		return;
	is_bound = is_seen(tspdm_found_report_data(&s->session_evidence.found), f->shown.report_data);
	tspdm_checks_add(checks_of(s), "binding.session", is_bound ? TSPDM_OK : TSPDM_ERR_EVIDENCE_NONCE, "%s%s",
		is_bound ? "the quote commits to this session, its keys and this request's nonce"
			 : "it was not made in this session for this nonce",
		is_bound && s->in.bundle->channel.len != 0 ? ", and to the TLS connection around it" : "");
}

/* ---- Devices ---- */

static enum tspdm_status take_device(struct tspdm_bundle_subject *s, uint32_t i)
{
	const struct tspdm_device_record *record = &s->in.bundle->devices[i];
	const struct tspdm_device_report report = {
		.size = sizeof report,
		.request = record->request,
		.response = record->response,
		.vca = record->vca,
		.certificates = record->certificates,
		.anchors = s->in.anchors,
		.strict = s->in.strict,
		.time = s->in.verify->time,
	};

	s->findings[i] = malloc(sizeof *s->findings[i]);
	if (s->findings[i] == NULL)
		return TSPDM_ERR_MEMORY;
	(void)!tspdm_device_verify(s->crypto, &report, s->findings[i]); /* the finding tells it as well */
	snprintf(s->device_names[i], sizeof s->device_names[i], "device[%u]", i);
	s->devices[i] = (struct tspdm_subject_device){ s->device_names[i], s->findings[i] };
	return TSPDM_OK;
}

/* ---- The whole ---- */

static void tell_record(struct tspdm_bundle_subject *s)
{
	const struct tspdm_bundle *b = s->in.bundle;
	time_t then = (time_t)b->time;
	struct tm at;
	char when[32] = "";

	if (s->facts.status != TSPDM_OK) {
		tspdm_checks_add(checks_of(s), "bundle.record", s->facts.status, "%s", s->facts.why);
		return;
	}
	if (gmtime_r(&then, &at) != NULL && strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &at) == 0)
		when[0] = '\0';
	tspdm_checks_add(checks_of(s), "bundle.record", TSPDM_OK, "of %.*s at %s, by %.*s, as it says; messages: %u",
		(int)b->endpoint.len, (const char *)b->endpoint.ptr, when, (int)b->verifier.len,
		(const char *)b->verifier.ptr, b->message_count);
}

/* Evidence ages while a record lies somewhere. */
static uint32_t age_of(const struct tspdm_bundle_subject *s)
{
	int64_t since = s->in.verify->time > s->in.bundle->time ? s->in.verify->time - s->in.bundle->time : 0;

	return since < (int64_t)(UINT32_MAX - s->in.bundle->age_s) ? s->in.bundle->age_s + (uint32_t)since : UINT32_MAX;
}

static void fill_subject(struct tspdm_bundle_subject *s)
{
	struct bundle_facts *f = &s->facts;

	memcpy(s->name, s->in.bundle->endpoint.ptr, s->in.bundle->endpoint.len);
	s->subject = (struct tspdm_subject){
		.name = s->name,
		.evidence_wanted = s->in.evidence_wanted,
		.time = s->in.verify->time,
		.evidence_age_s = age_of(s),
		.negotiated = f->has_negotiated ? &f->negotiated : NULL,
		.identity = f->has_identity ? &f->identity : NULL,
		.measured = f->has_measured ? &f->measured : NULL,
		.session = f->has_session && !f->session.is_psk ? &f->session : NULL,
	};
}

/* A record of a connection is appraised as one, however little of it there is. */
static void take_connection(struct tspdm_bundle_subject *s)
{
	if (s->in.bundle->message_count != 0 && s->subject.negotiated == NULL)
		s->subject.negotiated = &s->facts.negotiated;
	take_certificate_evidence(s);
	take_fresh_evidence(s);
	take_session_evidence(s);
	if (s->in.bundle->message_count == 0 && s->in.bundle->evidence.len != 0) {
		verify(s, s->in.bundle->evidence, &s->evidence);
		s->subject.evidence = s->evidence.found;
	}
}

/* Where there is nothing else, the first device is what was appraised. */
static void take_main_device(struct tspdm_bundle_subject *s)
{
	const struct tspdm_device_finding *f = s->findings[0];

	if (s->in.bundle->message_count != 0 || s->in.bundle->evidence.len != 0)
		return;
	s->subject.devices++;
	s->subject.device_count--;
	s->subject.evidence.device = f;
	s->subject.evidence_wanted = true;
	if (f->version == 0 || f->spki_len == 0)
		return;
	s->facts.identity = (struct tspdm_identity){
		.is_anchored = f->base.anchor != TSPDM_ANCHOR_NONE,
		.slot = f->slot,
		.leaf = f->certificates[f->certificate_count - 1].der,
		.spki = { f->spki, f->spki_len },
	};
	s->facts.measured = (struct tspdm_measured){
		.is_verified = f->is_signed,
		.total = (uint8_t)f->block_count,
		.content_changed = f->content_changed,
		.slot = f->slot,
		.record = f->record,
	};
	memcpy(s->facts.measured.nonce, f->requester_nonce.ptr, TSPDM_NONCE_LEN);
	s->subject.identity = &s->facts.identity;
	s->subject.measured = &s->facts.measured;
}

static enum tspdm_status take_devices(struct tspdm_bundle_subject *s)
{
	for (uint32_t i = 0; i < s->in.bundle->device_count; i++)
		TSPDM_TRY(take_device(s, i));
	s->subject.devices = s->devices;
	s->subject.device_count = s->in.bundle->device_count;
	if (s->subject.device_count != 0)
		take_main_device(s);
	return TSPDM_OK;
}

static enum tspdm_status make(struct tspdm_bundle_subject *s)
{
	s->facts.status = TSPDM_OK;
	TSPDM_TRY(tspdm_bundle_replay(s->crypto, &s->in, &s->facts));
	fill_subject(s);
	tell_record(s);
	take_connection(s);
	return take_devices(s);
}

static enum tspdm_status take_input(struct tspdm_bundle_input *to, const struct tspdm_bundle_input *from)
{
	TSPDM_TRY(tspdm_take_config(to, sizeof *to, from, from->size, sizeof *to)); /* all fields are of 0.1 */
	TSPDM_TRY(tspdm_check_reserved(to->reserved, sizeof to->reserved));
	if (to->bundle == NULL || to->verify == NULL || to->verify->size != sizeof *to->verify ||
		to->verify->time == 0 || to->bundle->size != sizeof *to->bundle || to->peer_key.len > REPLAY_SPKI_MAX)
		return TSPDM_ERR_ARGUMENT;
	return TSPDM_OK;
}

enum tspdm_status tspdm_bundle_subject_new(
	struct tspdm_crypto *crypto, const struct tspdm_bundle_input *input, struct tspdm_bundle_subject **out)
{
	struct tspdm_bundle_input in;
	struct tspdm_bundle_subject *s;
	enum tspdm_status status;

	*out = NULL;
	TSPDM_TRY(take_input(&in, input));
	s = calloc(1, sizeof *s);
	if (s == NULL)
		return TSPDM_ERR_MEMORY;
	s->crypto = crypto;
	s->in = in;
	status = make(s);
	if (status == TSPDM_OK)
		*out = s;
	else
		tspdm_bundle_subject_free(s);
	return status;
}

const struct tspdm_subject *tspdm_bundle_subject(const struct tspdm_bundle_subject *subject)
{
	return &subject->subject;
}

void tspdm_bundle_subject_free(struct tspdm_bundle_subject *subject)
{
	if (subject == NULL)
		return;
	for (unsigned i = 0; i < TSPDM_DEVICES_MAX; i++)
		free(subject->findings[i]);
	free(subject);
}
