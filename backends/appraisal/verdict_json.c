/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A verdict as one line of JSON, schema "tspdm.verdict/1". Every key is always there; what is not known is null.
 * docs/policy.md, "The verdict as JSON", describes the form. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>
#include <openssl/evp.h>

#include <tspdm/openssl.h>

#include "device_json.h"
#include "json_hex.h"
#include "policy.h"

enum { RAW_SHOWN = 64 }; /* bytes of a raw measurement that are shown whole; of a longer one the digest is */

/* Names of files and subjects come from outside and need not be UTF-8, which JSON must be. */
static json_t *text(const char *value)
{
	json_t *string = json_string(value);
	char copy[512];
	size_t i;

	if (string != NULL)
		return string;
	for (i = 0; value[i] != '\0' && i + 1 < sizeof copy; i++)
		copy[i] = (value[i] & 0x80) != 0 ? '?' : value[i];
	copy[i] = '\0';
	return json_string(copy);
}

static json_t *sha256(struct tspdm_view bytes)
{
	uint8_t digest[32];
	size_t len = sizeof digest;

	if (EVP_Q_digest(NULL, "SHA256", NULL, bytes.ptr, bytes.len, digest, &len) != 1)
		return NULL;
	return tspdm_json_hex((struct tspdm_view){ digest, sizeof digest });
}

static json_t *flags(uint64_t value)
{
	return json_sprintf("0x%llx", (unsigned long long)value);
}

static json_t *algorithm(enum tspdm_algorithm_kind kind, uint32_t bit)
{
	const struct tspdm_algorithm *row = tspdm_algorithm_by_bit(kind, bit);

	return row != NULL ? json_string(row->name) : json_null();
}

/* ---- spdm ---- */

static json_t *block_value(const struct tspdm_measurement_block *block)
{
	if (block->value.len <= RAW_SHOWN)
		return tspdm_json_hex(block->value);
	return json_pack("{s:I, s:o}", "length", (json_int_t)block->value.len, "sha256", sha256(block->value));
}

static json_t *one_block(const struct tspdm_measurement_block *block)
{
	bool is_raw = (block->type & TSPDM_MEASUREMENT_RAW) != 0;

	return json_pack("{s:i, s:i, s:s, s:o, s:o}", "index", block->index, "type", block->type & 0x7F, "name",
		tspdm_measurement_type_name(block->type), "digest", is_raw ? json_null() : tspdm_json_hex(block->value),
		"raw", is_raw ? block_value(block) : json_null());
}

static json_t *measurements(const struct tspdm_measured *measured)
{
	struct tspdm_measurement_block block;
	struct tspdm_view left;
	json_t *list;

	if (measured == NULL)
		return json_null();
	list = json_array();
	left = measured->record;
	while (list != NULL && left.len != 0 && tspdm_next_block(&left, &block) == TSPDM_OK)
		if (json_array_append_new(list, one_block(&block)) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *version_text(const struct tspdm_negotiated *n)
{
	return n != NULL && n->version != 0 ? json_sprintf("%d.%d", n->version >> 4, n->version & 0xF) : json_null();
}

static json_t *session(const struct tspdm_subject *s, const struct tspdm_negotiated *n)
{
	const struct tspdm_session_info *info = s->session;
	char id[16], version[16];

	if (info == NULL)
		return json_null();
	snprintf(id, sizeof id, "%08x", info->id);
	snprintf(version, sizeof version, "%u.%u", info->record_version >> 4, info->record_version & 0xFU);
	return json_pack("{s:s, s:o, s:o, s:s, s:b, s:b, s:i, s:b, s:b}", "id", id, "dhe",
		info->is_psk ? json_null() : algorithm(TSPDM_KIND_DHE, n->dhe), "aead",
		algorithm(TSPDM_KIND_AEAD, n->aead), "record_version", version, "mac_only", info->is_mac_only,
		"handshake_in_the_clear", info->is_handshake_clear, "heartbeat", info->heartbeat_s, "psk", info->is_psk,
		"mutual", info->is_mutual);
}

static json_t *spdm(const struct tspdm_subject *s)
{
	static const struct tspdm_negotiated nothing;
	const struct tspdm_negotiated *n = s->negotiated != NULL ? s->negotiated : &nothing;
	const struct tspdm_identity *id = s->identity;

	return json_pack("{s:o, s:{s:o, s:o, s:o}, s:o, s:o, s:o, s:o}", "version", version_text(s->negotiated),
		"algorithms", "asym", algorithm(TSPDM_KIND_ASYM, n->asym), "hash", algorithm(TSPDM_KIND_HASH, n->hash),
		"measurement_hash", algorithm(TSPDM_KIND_MEASUREMENT_HASH, n->measurement_hash), "slot",
		id != NULL && id->leaf.len != 0 && !id->is_provisioned ? json_integer(id->slot) : json_null(),
		"measurements_signed", s->measured != NULL ? json_boolean(s->measured->is_verified) : json_null(),
		"measurements", measurements(s->measured), "session", session(s, n));
}

/* ---- identity ---- */

static json_t *subject_name(struct tspdm_view leaf)
{
	char name[256];

	return tspdm_openssl_subject(leaf, name, sizeof name) == TSPDM_OK ? text(name) : json_null();
}

static json_t *identity(const struct tspdm_identity *id)
{
	bool has_leaf = id != NULL && id->leaf.len != 0;
	bool has_key = has_leaf || (id != NULL && id->is_provisioned);

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "subject", has_leaf ? subject_name(id->leaf) : json_null(),
		"key_sha256", has_key ? sha256(id->spki) : json_null(), "certificate_sha256",
		has_leaf ? sha256(id->leaf) : json_null(), "authenticated",
		has_key ? json_boolean(id->is_authenticated) : json_null(), "anchored",
		has_leaf ? json_boolean(id->is_anchored) : json_null(), "provisioned",
		has_key ? json_boolean(id->is_provisioned) : json_null());
}

/* ---- evidence ---- */

static json_t *tcb_claim(const struct tspdm_claim *claim)
{
	json_t *object = json_object();

	for (size_t i = 0; i < sizeof claim->parts / sizeof claim->parts[0] && claim->parts[i].name != NULL; i++)
		if (json_object_set_new(object, claim->parts[i].name, json_integer(claim->parts[i].value)) != 0) {
			json_decref(object);
			return NULL;
		}
	return object;
}

static json_t *claim_value(const struct tspdm_claim *claim)
{
	switch ((enum tspdm_claim_kind)claim->kind) {
	case TSPDM_CLAIM_BYTES:
		return tspdm_json_hex(claim->bytes);
	case TSPDM_CLAIM_NUMBER:
		return json_integer((json_int_t)claim->number);
	case TSPDM_CLAIM_FLAGS:
		return flags(claim->number);
	case TSPDM_CLAIM_TEXT:
		return text(claim->text);
	case TSPDM_CLAIM_TCB:
		return tcb_claim(claim);
	case TSPDM_CLAIM_NULL:
		break;
	}
	return json_null();
}

static json_t *claims(const struct tspdm_claims *list)
{
	json_t *object = json_object();

	for (unsigned i = 0; i < list->count && i < TSPDM_CLAIMS_MAX; i++)
		if (json_object_set_new(object, list->items[i].name, claim_value(&list->items[i])) != 0) {
			json_decref(object);
			return NULL;
		}
	return object;
}

static json_t *anchor(const struct tspdm_finding *f)
{
	if (f->anchor == TSPDM_ANCHOR_NONE)
		return json_null();
	return json_pack("{s:s, s:o, s:o}", "kind", tspdm_anchor_kind_name(f->anchor), "name", text(f->anchor_name),
		"spki_sha256", tspdm_json_hex((struct tspdm_view){ f->anchor_spki, sizeof f->anchor_spki }));
}

static const struct tspdm_found *evidence_of(const struct tspdm_subject *s)
{
	return tspdm_subject_evidence(s);
}

static json_t *evidence(const struct tspdm_finding *f)
{
	if (f == NULL)
		return json_pack("{s:n, s:n, s:n}", "tee", "anchor", "claims");
	return json_pack(
		"{s:s, s:o, s:o}", "tee", tspdm_tee_name(f->tee), "anchor", anchor(f), "claims", claims(&f->claims));
}

static json_t *advisories(const struct tspdm_tcb *tcb)
{
	json_t *list = json_array();

	for (unsigned i = 0; list != NULL && i < tcb->advisory_count && i < TSPDM_ADVISORIES_MAX; i++)
		if (json_array_append_new(list, text(tcb->advisories[i])) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *quote_tcb(const struct tspdm_tcb *tcb)
{
	return json_pack("{s:s, s:o, s:o, s:o}", "status", tspdm_tcb_status_name(tcb->status), "date",
		tcb->date[0] != '\0' ? text(tcb->date) : json_null(), "advisories", advisories(tcb),
		"evaluation_number", tcb->evaluation_number != 0 ? json_integer(tcb->evaluation_number) : json_null());
}

/* SEV-SNP has no TCB status of its own: AMD publishes none. What the policy's minimum says stands in its place. */
static json_t *tcb(const struct tspdm_found *found, const struct tspdm_verdict *verdict)
{
	const struct tspdm_check *check = tspdm_checks_find(&verdict->checks, "policy.tcb");
	json_t *status = json_null();

	if (found->tdx != NULL || found->sgx != NULL)
		return quote_tcb(found->tdx != NULL ? &found->tdx->tcb : &found->sgx->tcb);
	if (check != NULL && check->result != TSPDM_CHECK_SKIPPED)
		status = json_string(check->result == TSPDM_CHECK_OK ? "accepted" : "below-minimum");
	return json_pack("{s:o, s:n, s:[], s:n}", "status", status, "date", "advisories", "evaluation_number");
}

static json_t *binding_result(const struct tspdm_verdict *verdict, const char *name)
{
	const struct tspdm_check *check = tspdm_checks_find(&verdict->checks, name);

	if (check == NULL || check->result == TSPDM_CHECK_SKIPPED)
		return json_string("none");
	return json_string(check->result == TSPDM_CHECK_OK ? "ok" : "failed");
}

static json_t *binding(const struct tspdm_subject *s, const struct tspdm_verdict *verdict)
{
	bool has_nonce = s->measured != NULL && s->measured->is_verified;

	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "certificate", binding_result(verdict, "binding.certificate"),
		"measurement", binding_result(verdict, "binding.measurement"), "session",
		binding_result(verdict, "binding.session"), "report_data",
		binding_result(verdict, "binding.report_data"), "nonce",
		has_nonce ? tspdm_json_hex((struct tspdm_view){ s->measured->nonce, TSPDM_NONCE_LEN }) : json_null());
}

/* ---- the whole ---- */

static json_t *devices(const struct tspdm_subject *s)
{
	json_t *array = json_array();

	for (uint32_t i = 0; array != NULL && i < s->device_count; i++) {
		const struct tspdm_subject_device *d = &s->devices[i];
		json_t *item = json_pack("{s:o, s:b, s:o, s:o}", "name", text(d->name), "genuine",
			d->finding->base.status == TSPDM_OK, "evidence", evidence(&d->finding->base), "device",
			tspdm_device_json(d->finding));

		if (json_array_append_new(array, item) != 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static const char *result_name(uint8_t result)
{
	switch (result) {
	case TSPDM_CHECK_OK:
		return "ok";
	case TSPDM_CHECK_SKIPPED:
		return "skipped";
	default:
		return "failed";
	}
}

json_t *tspdm_json_checks(const struct tspdm_checks *list)
{
	json_t *array = json_array();

	for (unsigned i = 0; array != NULL && i < list->count && i < TSPDM_CHECKS_MAX; i++) {
		const struct tspdm_check *check = &list->items[i];
		json_t *item = json_pack("{s:s, s:s, s:o}", "name", check->name, "result", result_name(check->result),
			"detail", text(check->detail));

		if (json_array_append_new(array, item) != 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

json_t *tspdm_json_time(int64_t seconds)
{
	time_t when = (time_t)seconds;
	char out[32];
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL || strftime(out, sizeof out, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return json_null();
	return json_string(out);
}

/* A verdict that accepts nothing never gives 0, whatever its status says. */
static int exit_status(const struct tspdm_verdict *verdict)
{
	bool is_good = verdict->kind == TSPDM_VERDICT_ACCEPT || verdict->kind == TSPDM_VERDICT_WARN;

	if (verdict->status == TSPDM_OK && !is_good)
		return tspdm_exit_status(TSPDM_ERR_STATE);
	return tspdm_exit_status(verdict->status);
}

enum tspdm_status tspdm_verdict_json(
	const struct tspdm_subject *subject, const struct tspdm_verdict *verdict, char **json)
{
	json_t *root = json_pack("{s:s, s:o, s:s, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "schema",
		"tspdm.verdict/1", "subject", text(subject->name != NULL ? subject->name : ""), "verdict",
		tspdm_verdict_name(verdict->kind), "status", exit_status(verdict), "reason", text(verdict->reason),
		"spdm", spdm(subject), "identity", identity(subject->identity), "evidence",
		evidence(tspdm_found_base(evidence_of(subject))), "tcb", tcb(evidence_of(subject), verdict), "binding",
		binding(subject, verdict), "device", tspdm_device_json(subject->evidence.device), "devices",
		devices(subject), "checks", tspdm_json_checks(&verdict->checks), "time",
		tspdm_json_time(subject->time));

	*json = root != NULL ? json_dumps(root, JSON_COMPACT) : NULL;
	json_decref(root);
	return *json != NULL ? TSPDM_OK : TSPDM_ERR_MEMORY;
}
