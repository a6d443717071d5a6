/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A requester and a responder in one process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nomad.h"
#include "pair.h"

enum { SESSIONS_OF_REQUESTER = 8, SESSIONS_OF_RESPONDER = 4, REQUEST_LEN = 4096 };

static uint64_t now_us = 1;

uint64_t pair_now_us(void)
{
	return now_us;
}

/* ---- Identities, made once: RSA keys take long ---- */

static struct {
	uint32_t asym;
	bool is_requester;
	struct tspdm_openssl_identity *identity;
} identities[32];

static struct tspdm_openssl_identity *identity_of(uint32_t asym, bool is_requester)
{
	struct tspdm_openssl_make make = { .size = sizeof make, .asym = asym };
	size_t i = 0;

	while (identities[i].identity != NULL &&
		(identities[i].asym != asym || identities[i].is_requester != is_requester))
		i++;
	if (identities[i].identity == NULL) {
		identities[i].asym = asym;
		identities[i].is_requester = is_requester;
		assert_int_equal(tspdm_openssl_identity_make(&make, &identities[i].identity), TSPDM_OK);
	}
	return identities[i].identity;
}

bool pair_can_sign(uint32_t asym, uint32_t hash)
{
	static int known[TSPDM_ASYM_RSAPSS_4096 + 1]; /* 1: it does; -1: it does not */
	const struct tspdm_to_be_signed tbs = { .asym = asym, .hash = hash, .data = { (const uint8_t *)"m", 1 } };
	uint8_t signature[TSPDM_SIGNATURE_MAX];
	struct tspdm_buffer out = { signature, sizeof signature, 0 };
	struct tspdm_pending pending = { 0 };
	struct tspdm_slot slot;

	if (hash != TSPDM_HASH_SM3 || asym == 0 || asym == TSPDM_ASYM_ECDSA_P256 ||
		asym > TSPDM_ASYM_RSAPSS_4096) /* RSA has the first bits, but for one */
		return true;
	if (known[asym] == 0) {
		tspdm_openssl_identity_slot(identity_of(asym, false), &slot);
		known[asym] = slot.signer->ops->sign(slot.signer, &tbs, &out, &pending) == TSPDM_OK ? 1 : -1;
		if (known[asym] < 0)
			print_message("# no %s with sm3 in this OpenSSL: left out\n",
				tspdm_algorithm_by_bit(TSPDM_KIND_ASYM, asym)->name);
	}
	return known[asym] > 0;
}

void pair_end(void)
{
	for (size_t i = 0; identities[i].identity != NULL; i++) {
		tspdm_openssl_identity_free(identities[i].identity);
		identities[i].identity = NULL;
	}
}

/* ---- A signer that takes its time ---- */

static enum tspdm_status sign_slowly(struct tspdm_signer *signer, const struct tspdm_to_be_signed *tbs,
	struct tspdm_buffer *signature, struct tspdm_pending *pending)
{
	struct pair_signer *slow = (struct pair_signer *)(void *)signer;

	if (pending->stage == 0) {
		pending->stage = 1;
		slow->since_us = now_us;
	}
	if (now_us - slow->since_us < slow->delay_us) {
		pending->retry_us = slow->delay_us / 3; /* too little, so that "not ready" comes several times */
		return TSPDM_AGAIN;
	}
	pending->stage = 0;
	return slow->real->ops->sign(slow->real, tbs, signature, pending);
}

static void cancel_slowly(struct tspdm_signer *signer, struct tspdm_pending *pending)
{
	(void)signer;
	pending->stage = 0;
}

static const struct tspdm_signer_ops slow_ops = { sizeof slow_ops, "slow", sign_slowly, cancel_slowly };

/* Puts the slow signer before the slot's own. */
static void slow_down(struct pair_signer *slow, struct tspdm_slot *slot, uint32_t delay_us)
{
	*slow = (struct pair_signer){ { &slow_ops }, slot->signer, delay_us, 0 };
	slot->signer = &slow->base;
}

/* ---- Making ---- */

static const uint8_t rom[] = "immutable rom, version one";
static const uint8_t firmware[] = "firmware, build 4711, with a few more bytes than a digest has, to be different";
static const uint8_t svn[8] = { 7 };
static const uint8_t manifest[] = "evidence of the identity";
static const uint8_t mode[16] = { 4, 0, 0, 0, 4 };

static void set_blocks(struct pair *pair)
{
	uint8_t step = pair->options.is_sparse ? 7 : 1;
	const struct tspdm_block blocks[PAIR_BLOCKS] = {
		{ 1, TSPDM_MEASUREMENT_ROM, TSPDM_BLOCK_RAW_OR_DIGEST, true, { rom, sizeof rom } },
		{ (uint8_t)(1 + step), TSPDM_MEASUREMENT_FIRMWARE, TSPDM_BLOCK_RAW_OR_DIGEST, true,
			{ firmware, sizeof firmware } },
		{ (uint8_t)(1 + 2 * step), TSPDM_MEASUREMENT_SVN, TSPDM_BLOCK_RAW_ONLY, false, { svn, sizeof svn } },
		{ TSPDM_INDEX_MANIFEST, TSPDM_MEASUREMENT_MANIFEST, TSPDM_BLOCK_RAW_OR_DIGEST, false,
			{ manifest, sizeof manifest } },
		{ TSPDM_INDEX_DEVICE_MODE, TSPDM_MEASUREMENT_DEVICE_MODE, TSPDM_BLOCK_RAW_ONLY, false,
			{ mode, sizeof mode } },
	};

	memcpy(pair->blocks, blocks, sizeof blocks);
	pair->device.blocks = pair->blocks;
	pair->device.block_count = PAIR_BLOCKS;
}

static void set_device(struct pair *pair)
{
	const struct pair_options *o = &pair->options;
	struct tspdm_soft_tee_config soft = { .size = sizeof soft,
		.kind = o->tee,
		.defects = o->defects,
		.delay_us = o->evidence_delay_us,
		.now_us = pair_now_us };

	tspdm_basic_device_init(&pair->device);
	pair->identity = identity_of(o->asym, false);
	tspdm_openssl_identity_slot(pair->identity, &pair->device.slots[0]);
	if (o->no_identity)
		memset(pair->device.slots, 0, sizeof pair->device.slots);
	if (o->signature_delay_us != 0)
		slow_down(&pair->slow_signer, &pair->device.slots[0], o->signature_delay_us);
	pair->device.public_key = pair->device.slots[0];
	pair->device.public_key.certificates = pair->device.public_key.root = (struct tspdm_view){ NULL, 0 };
	set_blocks(pair);
	if (!o->has_evidence)
		return;
	assert_int_equal(tspdm_soft_tee_new(&soft, &pair->evidence), TSPDM_OK);
	pair->device.evidence = pair->evidence;
}

/* ---- Application data: the responder gives it back, the other way round ---- */

static void take_and_answer(void *context, uint32_t session, struct tspdm_view data, struct tspdm_buffer *answer)
{
	struct pair *pair = context;

	assert_int_not_equal(session, 0);
	pair->taken++;
	assert_true(data.len <= answer->cap);
	for (size_t i = 0; i < data.len; i++)
		answer->ptr[i] = data.ptr[data.len - 1 - i];
	answer->len = data.len;
}

static void take_back(void *context, uint32_t session, struct tspdm_view data, struct tspdm_buffer *answer)
{
	struct pair *pair = context;

	assert_int_not_equal(session, 0);
	assert_null(answer);
	assert_true(data.len <= sizeof pair->taken_back);
	memcpy(pair->taken_back, data.ptr, data.len);
	pair->taken_back_len = data.len;
}

static uint32_t responder_flags(const struct pair_options *o)
{
	uint32_t flags = o->capabilities;

	if (flags == 0 && o->is_by_key)
		flags = TSPDM_CAP_PUB_KEY_ID | TSPDM_CAP_CHAL | TSPDM_CAP_MEAS_SIG;
	if (flags == 0 && o->session_capabilities != 0)
		flags = TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_MEAS_SIG;
	if (flags != 0 && o->transfer != 0)
		flags |= TSPDM_CAP_CHUNK;
	return flags | o->session_capabilities;
}

/* ---- Mutual authentication ---- */

static bool has_mutual(const struct pair_options *o)
{
	return o->mutual_form != 0 || o->basic_mutual;
}

static void set_requester(struct pair *pair)
{
	const struct pair_options *o = &pair->options;

	tspdm_openssl_identity_slot(identity_of(o->requester_asym, true), &pair->requester_slot);
	if (o->requester_delay_us != 0)
		slow_down(&pair->requester_signer, &pair->requester_slot, o->requester_delay_us);
}

static uint32_t mutual_flags(const struct pair_options *o)
{
	return !has_mutual(o)
		       ? 0
		       : (uint32_t)(TSPDM_CAP_MUT_AUTH | TSPDM_CAP_ENCAP | TSPDM_CAP_CHAL) |
				 (o->has_requester_key ? (uint32_t)TSPDM_CAP_PUB_KEY_ID : (uint32_t)TSPDM_CAP_CERT);
}

/* The root is the first certificate: DER, so its length is in its head. */
static struct tspdm_view root_of(struct tspdm_view all)
{
	size_t len = 4 + (size_t)all.ptr[2] * 256 + all.ptr[3];

	assert_int_equal(all.ptr[1], 0x82);
	return (struct tspdm_view){ all.ptr, len };
}

static void ask_for_requester(struct pair *pair, struct tspdm_responder_config *config)
{
	const struct pair_options *o = &pair->options;

	if (!has_mutual(o))
		return;
	config->mutual = o->mutual_form != 0 ? TSPDM_MUTUAL_REQUIRE : TSPDM_MUTUAL_NONE;
	config->mutual_form = o->mutual_form;
	config->basic_mutual = o->basic_mutual;
	if (o->has_requester_key) {
		config->requester_key = pair->requester_slot.spki;
		return;
	}
	config->requester_anchors = root_of(pair->requester_slot.certificates);
	config->requester_chain = pair->requester_chain;
	config->requester_chain_len = sizeof pair->requester_chain;
	if (o->mutual_form == TSPDM_MUTUAL_AUTH)
		config->requester_certificates = pair->requester_slot.certificates;
}

/* ---- Making, further ---- */

static uint32_t versions_of(const struct pair_options *o)
{
	return o->version != 0 ? TSPDM_VERSION_BIT(o->version) : 0;
}

/* What nobody takes by default has to be named on both sides; the rest the responder leaves open. */
static void name_algorithms(const struct pair_options *o, struct tspdm_responder_config *config)
{
	if (o->leaves_open)
		return;
	if (!o->no_identity)
		config->asym = o->asym & TSPDM_ASYM_SM2;
	config->hash = (o->hash & TSPDM_HASH_SM3) != 0 ? o->hash : 0;
	if (has_mutual(o))
		config->req_asym = o->requester_asym & TSPDM_ASYM_SM2;
}

static void make_responder(struct pair *pair)
{
	struct tspdm_responder_config config = {
		.size = sizeof config,
		.crypto = pair->crypto,
		.device = &pair->device.base,
		.binding = pair->options.binding,
		.capabilities = responder_flags(&pair->options),
		.versions = pair->options.versions != 0 ? pair->options.versions : versions_of(&pair->options),
		.strict = pair->options.responder_strict,
		.max_message = pair->options.max_message,
		.scratch = pair->scratch,
		.scratch_len = sizeof pair->scratch,
		.dhe = pair->options.dhe,
		.aead = pair->options.aead,
		.sessions = pair->response_sessions,
		.sessions_len = SESSIONS_OF_RESPONDER * tspdm_session_size(),
		.heartbeat_s = pair->options.heartbeat_s,
		.record = pair->response_record,
		.record_len = sizeof pair->response_record,
		.application = { take_and_answer, pair },
		.psk = pair->options.responder_psk,
		.key_log = pair->options.responder_key_log,
		.data_transfer_size = pair->options.transfer,
		.large = pair->options.transfer != 0 ? pair->response_large : NULL,
		.large_len = pair->options.transfer != 0 ? sizeof pair->response_large : 0,
		.vendor_handlers = pair->options.handlers,
		.vendor_handler_count = pair->options.handler_count,
		.evidence_enterprise = pair->options.evidence_enterprise,
		.must_attest = pair->options.responder_must_attest,
		.channel = pair->options.channel,
		.presented = pair->options.presented,
		.evidence_items = pair->options.items,
		.evidence_item_count = pair->options.item_count,
	};
	void *memory = malloc(tspdm_responder_size());

	ask_for_requester(pair, &config);
	name_algorithms(&pair->options, &config);
	assert_non_null(memory);
	assert_int_equal(tspdm_responder_init(memory, tspdm_responder_size(), &config, &pair->responder), TSPDM_OK);
	if (pair->options.is_nomad)
		nomad_begin(pair, &config);
}

static struct tspdm_view known_key(const struct pair *pair)
{
	const struct pair_options *o = &pair->options;

	return o->is_by_key && o->known_key.len == 0 ? pair->device.public_key.spki : o->known_key;
}

static struct tspdm_view anchors_of(struct pair *pair)
{
	struct tspdm_view root = root_of(pair->device.slots[0].certificates), further = pair->options.further_anchors;

	assert_true(root.len + further.len <= sizeof pair->anchor);
	memcpy(pair->anchor, root.ptr, root.len);
	if (further.len != 0)
		memcpy(pair->anchor + root.len, further.ptr, further.len);
	return (struct tspdm_view){ pair->anchor, root.len + further.len };
}

static uint32_t requester_flags(const struct pair_options *o)
{
	uint32_t flags = o->requester_capabilities != 0 ? o->requester_capabilities : o->session_capabilities;

	return flags | mutual_flags(o) | (o->transfer != 0 ? (uint32_t)TSPDM_CAP_CHUNK : 0);
}

static void make_requester(struct pair *pair)
{
	const struct pair_options *o = &pair->options;
	const struct tspdm_requester_config config = {
		.size = sizeof config,
		.crypto = o->requester_crypto != NULL ? o->requester_crypto : pair->crypto,
		.binding = o->binding,
		.request = pair->request_room,
		.request_len = o->request_len != 0 ? o->request_len : REQUEST_LEN,
		.patience_us = o->patience_us,
		.asym = o->asym,
		.hash = o->hash,
		.max_message = o->requester_max != 0 ? o->requester_max : o->max_message,
		.anchors = o->no_anchor || o->no_identity ? (struct tspdm_view){ NULL, 0 } : anchors_of(pair),
		.allow_unanchored_chain = o->allow_unanchored,
		.retries = o->retries,
		.versions = o->requester_versions != 0 ? o->requester_versions : versions_of(o),
		.strict = o->strict,
		.capabilities = requester_flags(o),
		.dhe = o->dhe,
		.aead = o->aead,
		.sessions = pair->request_sessions,
		.sessions_len = SESSIONS_OF_REQUESTER * tspdm_session_size(),
		.record = pair->request_record,
		.record_len = sizeof pair->request_record,
		.application = { take_back, pair },
		.psk = o->requester_psk,
		.key_log = o->requester_key_log,
		.observer = o->requester_observer,
		.slots = has_mutual(o) && !o->has_requester_key ? &pair->requester_slot : NULL,
		.slot_count = has_mutual(o) && !o->has_requester_key ? 1 : 0,
		.req_asym = has_mutual(o) ? o->requester_asym : 0,
		.public_key = has_mutual(o) && o->has_requester_key ? &pair->requester_slot : NULL,
		.data_transfer_size = o->requester_transfer != 0 ? o->requester_transfer : o->transfer,
		.large = o->transfer != 0 ? pair->request_large : NULL,
		.large_len = o->transfer != 0 ? sizeof pair->request_large : 0,
		.peer_key = known_key(pair),
		.chain_cache = o->chain_cache,
		.time = o->time,
		.evidence_enterprise = o->requester_enterprise,
		.must_attest = o->requester_must_attest,
	};
	void *memory = malloc(tspdm_requester_size());

	assert_non_null(memory);
	assert_int_equal(tspdm_requester_init(memory, tspdm_requester_size(), &config, &pair->requester), TSPDM_OK);
}

struct pair *pair_new(const struct pair_options *options)
{
	struct pair *pair = calloc(1, sizeof *pair);
	void *memory = malloc(tspdm_observer_size());

	assert_non_null(pair);
	assert_non_null(memory);
	pair->options = options != NULL ? *options : (struct pair_options){ 0 };
	if (pair->options.asym == 0)
		pair->options.asym = TSPDM_ASYM_ECDSA_P256;
	if (pair->options.requester_asym == 0)
		pair->options.requester_asym = TSPDM_ASYM_ECDSA_P256;
	if (pair->options.max_message == 0)
		pair->options.max_message = PAIR_MESSAGE_MAX;
	if (pair->options.binding == NULL)
		pair->options.binding = &tspdm_binding_mctp;
	assert_int_equal(tspdm_openssl_new(&pair->crypto), TSPDM_OK);
	assert_int_equal(tspdm_observer_init(memory, tspdm_observer_size(), pair->crypto, &pair->observer), TSPDM_OK);
	set_device(pair);
	if (has_mutual(&pair->options))
		set_requester(pair);
	pair->request_sessions = malloc(SESSIONS_OF_REQUESTER * tspdm_session_size());
	pair->response_sessions = malloc(SESSIONS_OF_RESPONDER * tspdm_session_size());
	assert_true(pair->request_sessions != NULL && pair->response_sessions != NULL);
	make_responder(pair);
	make_requester(pair);
	return pair;
}

void pair_free(struct pair *pair)
{
	tspdm_requester_wipe(pair->requester);
	tspdm_responder_wipe(pair->responder);
	tspdm_observer_wipe(pair->observer);
	nomad_free(pair);
	free(pair->requester);
	free(pair->responder);
	free(pair->observer);
	free(pair->request_sessions);
	free(pair->response_sessions);
	tspdm_soft_tee_free(pair->evidence);
	tspdm_openssl_free(pair->crypto);
	free(pair);
}

/* ---- Running ---- */

static void see(struct pair *pair, const struct pair_message *m)
{
	struct tspdm_seen seen;

	if (m->kind == TSPDM_KIND_SECURED) {
		pair->records++;
		return;
	}
	tspdm_observer_see(pair->observer, m->is_request, (struct tspdm_view){ m->bytes, m->len }, &seen);
	pair->seen_ok += seen.signature == TSPDM_SEEN_OK;
	pair->seen_bad += seen.signature == TSPDM_SEEN_BAD || seen.digest == TSPDM_SEEN_BAD;
	pair->not_ready += m->len >= 3 && m->bytes[1] == TSPDM_ERROR && m->bytes[2] == TSPDM_ERROR_RESPONSE_NOT_READY;
}

static void pass(struct pair *pair, struct pair_message *m)
{
	m->number = pair->messages++;
	if (pair->hook != NULL)
		pair->hook(pair->hook_context, m);
	if (!m->is_dropped)
		see(pair, m);
}

/* Takes a request to the responder, and its response back into `room`; 0 where nothing comes. */
static enum tspdm_status handle(
	struct pair *pair, enum tspdm_message_kind kind, struct tspdm_view request, struct tspdm_buffer *response)
{
	enum tspdm_status status;

	if (!pair->options.is_nomad)
		return tspdm_responder_handle(pair->responder, now_us, kind, request, response);
	nomad_lend(pair);
	status = tspdm_responder_handle(pair->responder, now_us, kind, request, response);
	nomad_take_back(pair);
	return status;
}

static size_t carry(
	struct pair *pair, enum tspdm_message_kind kind, struct tspdm_view request, uint8_t *room, bool *is_doubled)
{
	static uint8_t there[PAIR_MESSAGE_MAX];
	struct tspdm_buffer response = { room, PAIR_MESSAGE_MAX, 0 };
	struct pair_message out = { .is_request = true, .kind = kind, .bytes = there, .len = request.len };
	struct pair_message back = { .bytes = room };

	memcpy(there, request.ptr, request.len);
	pass(pair, &out);
	for (unsigned i = 0; i < (out.is_dropped ? 0U : out.is_doubled ? 2U : 1U); i++) {
		response.len = 0;
		assert_int_equal(
			handle(pair, out.kind, (struct tspdm_view){ out.bytes, out.len }, &response), TSPDM_OK);
	}
	if (response.len == 0)
		return 0;
	back.len = response.len;
	back.kind = out.kind;
	pass(pair, &back);
	*is_doubled = back.is_doubled;
	return back.is_dropped ? 0 : back.len;
}

static void exchange(struct pair *pair, enum tspdm_message_kind kind, struct tspdm_view request)
{
	static uint8_t room[PAIR_MESSAGE_MAX];
	bool is_doubled = false;
	size_t len = carry(pair, kind, request, room, &is_doubled);
	struct tspdm_view message = { room, len };
	enum tspdm_status status;
	struct tspdm_io io;

	if (len == 0)
		return;
	now_us += 100;
	(void)tspdm_requester_step(pair->requester, now_us, &io); /* as an event loop may */
	status = tspdm_requester_input(pair->requester, kind, message);
	assert_true(status == TSPDM_OK || (kind == TSPDM_KIND_SECURED && status == TSPDM_ERR_STATE));
	if (is_doubled) /* nothing is awaited now, or a message that this one is not */
		(void)!tspdm_requester_input(pair->requester, kind, message);
}

size_t pair_ask(struct pair *pair, enum tspdm_message_kind kind, struct tspdm_view request, uint8_t *room)
{
	struct tspdm_buffer response = { room, PAIR_MESSAGE_MAX, 0 };

	assert_int_equal(handle(pair, kind, request, &response), TSPDM_OK);
	return response.len;
}

enum tspdm_status pair_step(struct pair *pair)
{
	struct tspdm_io io = { 0 };

	switch (tspdm_requester_step(pair->requester, now_us, &io)) {
	case TSPDM_STEP_SEND:
		exchange(pair, io.kind, io.out);
		break;
	case TSPDM_STEP_RECEIVE:
	case TSPDM_STEP_WAIT:
		assert_true(io.deadline_us > now_us && io.deadline_us != UINT64_MAX);
		now_us = io.deadline_us;
		break;
	case TSPDM_STEP_DONE:
		assert_int_equal(tspdm_requester_error(pair->requester)->status, TSPDM_OK);
		return TSPDM_OK;
	case TSPDM_STEP_FAILED:
		assert_int_not_equal(tspdm_requester_error(pair->requester)->status, TSPDM_OK);
		return tspdm_requester_error(pair->requester)->status;
	}
	return TSPDM_AGAIN;
}

enum tspdm_status pair_run(struct pair *pair)
{
	for (unsigned i = 0; i < 100000; i++) {
		enum tspdm_status status = pair_step(pair);

		if (status != TSPDM_AGAIN)
			return status;
	}
	fail_msg("the job does not end");
	return TSPDM_ERR_STATE;
}

enum tspdm_status pair_connect(struct pair *pair)
{
	TSPDM_TRY(tspdm_requester_connect(pair->requester));
	return pair_run(pair);
}

enum tspdm_status pair_authenticate(struct pair *pair)
{
	const struct tspdm_authenticate job = { .slot = pair->options.is_by_key ? TSPDM_SLOT_PUBLIC_KEY : 0,
		.summary_type = TSPDM_SUMMARY_ALL,
		.require_mutual = pair->options.basic_mutual,
		.chain = pair->chain,
		.chain_cap = sizeof pair->chain };

	TSPDM_TRY(tspdm_requester_authenticate(pair->requester, &job));
	return pair_run(pair);
}

enum tspdm_status pair_measure(struct pair *pair, uint8_t operation, bool is_raw, bool one_by_one)
{
	const struct tspdm_measure job = { .operation = operation,
		.is_signed = true,
		.is_raw = is_raw,
		.one_by_one = one_by_one,
		.record = pair->record,
		.record_cap = sizeof pair->record };

	TSPDM_TRY(tspdm_requester_measure(pair->requester, &job));
	return pair_run(pair);
}

enum tspdm_status pair_open_another(struct pair *pair, uint32_t *id)
{
	const struct tspdm_open_session job = { .summary_type = TSPDM_SUMMARY_ALL,
		.require_mutual = pair->options.mutual_form != 0 };

	TSPDM_TRY(tspdm_requester_open_session(pair->requester, &job));
	TSPDM_TRY(pair_run(pair));
	*id = tspdm_requester_opened(pair->requester);
	return TSPDM_OK;
}

enum tspdm_status pair_open(struct pair *pair, uint32_t *id)
{
	*id = 0;
	TSPDM_TRY(pair_connect(pair));
	TSPDM_TRY(pair_authenticate(pair));
	return pair_open_another(pair, id);
}

enum tspdm_status pair_attest(struct pair *pair)
{
	TSPDM_TRY(pair_connect(pair));
	TSPDM_TRY(pair_authenticate(pair));
	return pair_measure(pair, TSPDM_MEASUREMENT_ALL, false, false);
}
