/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The jobs that find out who the responder is: GET_DIGESTS, GET_CERTIFICATE in portions, judgement of the chain,
 * CHALLENGE. */
#include <string.h>

#include <tspdm/secret.h>

#include "core/signing.h"
#include "requester/requester.h"

enum { STAGE_DIGESTS, STAGE_CERTIFICATE, STAGE_CHALLENGE, STAGE_MUTUAL, STAGE_DONE };

static const char digests_clause[] = "DSP0274 1.2 \"DIGESTS response\"";
static const char certificate_clause[] = "DSP0274 1.2 \"CERTIFICATE response\"";
static const char chain_clause[] = "DSP0274 1.2 \"Certificates and certificate chains\"";
static const char auth_clause[] = "DSP0274 1.2 \"CHALLENGE_AUTH response\"";

/* ---- GET_DIGESTS ---- */

static enum tspdm_status write_get_digests(struct tspdm_requester *r, struct tspdm_buffer *request)
{
	const struct tspdm_header header = { r->c.version, TSPDM_GET_DIGESTS, 0, 0 };

	return tspdm_write_header(request, &header);
}

static enum tspdm_status read_digests(struct tspdm_requester *r, struct tspdm_view message)
{
	struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_digests digests;
	size_t used;

	TSPDM_TRY(tspdm_read_digests(message, &shape, &digests, &used));
	TSPDM_TRY(tspdm_requester_trim(r, &message, used));
	if (digests.provisioned_slots == 0)
		return TSPDM_ERR_FIELD;
	TSPDM_TRY(tspdm_transcript_b(&r->c.transcript, true, tspdm_requester_request(r), message));
	r->digest_slots = digests.provisioned_slots;
	for (unsigned slot = 0; slot < TSPDM_SLOTS; slot++)
		if (digests.digest[slot].len != 0)
			memcpy(r->digests[slot], digests.digest[slot].ptr, shape.hash_len);
	r->has_digests = true;
	r->authentication.stage = STAGE_CERTIFICATE;
	return TSPDM_OK;
}

const struct exchange tspdm_exchange_digests = { TSPDM_GET_DIGESTS, TSPDM_DIGESTS, true, true, digests_clause,
	write_get_digests, read_digests, NULL };

static enum tspdm_status next_digests(struct tspdm_requester *r, const struct exchange **exchange)
{
	*exchange = r->has_digests ? NULL : &tspdm_exchange_digests;
	return TSPDM_OK;
}

static const struct job digests_job = { next_digests, NULL };

enum tspdm_status tspdm_requester_get_digests(struct tspdm_requester *r)
{
	if (r->engine.job != NULL || r->c.phase < TSPDM_PHASE_NEGOTIATED)
		return TSPDM_ERR_STATE;
	if ((r->c.peer_flags & TSPDM_CAP_CERT) == 0)
		return TSPDM_ERR_CAPABILITY_MISSING;
	TSPDM_TRY(tspdm_requester_check_attested(r));
	r->has_digests = false;
	return tspdm_requester_begin(r, &digests_job, TSPDM_PHASE_NEGOTIATED);
}

/* ---- GET_CERTIFICATE ---- */

static uint32_t portion_limit(const struct tspdm_requester *r)
{
	return r->config.max_message - 8; /* the fixed part of CERTIFICATE */
}

static enum tspdm_status write_get_certificate(struct tspdm_requester *r, struct tspdm_buffer *request)
{
	struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_get_certificate ask = tspdm_gathering_ask(&r->authentication.chain, portion_limit(r));

	return tspdm_write_get_certificate(request, &shape, &ask);
}

static enum tspdm_status read_certificate(struct tspdm_requester *r, struct tspdm_view message)
{
	struct authentication *a = &r->authentication;
	struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_certificate portion;
	size_t used;

	TSPDM_TRY(tspdm_read_certificate(message, &shape, &portion, &used));
	TSPDM_TRY(tspdm_requester_trim(r, &message, used));
	TSPDM_TRY(tspdm_gathering_check(&a->chain, portion_limit(r), &portion));
	TSPDM_TRY(tspdm_transcript_b(&r->c.transcript, false, tspdm_requester_request(r), message));
	tspdm_gathering_take(&a->chain, &portion);
	return TSPDM_OK;
}

/* ---- Judgement of the chain ---- */

/* The digest that DIGESTS told must be that of the chain; TSPDM_ERR_DIGEST where it is not. */
static enum tspdm_status compare_digest(struct tspdm_requester *r, struct tspdm_view chain)
{
	struct tspdm_view told = tspdm_requester_digest(r, r->authentication.job.slot);
	uint8_t digest[TSPDM_HASH_MAX];

	if (told.len == 0)
		return tspdm_requester_broken(r, TSPDM_ERR_SLOT, digests_clause, 0);
	TSPDM_TRY(tspdm_digest(r->config.crypto, r->digest, chain, digest));
	if (!tspdm_equal_secret(digest, told.ptr, told.len))
		return tspdm_requester_broken(r, TSPDM_ERR_DIGEST, digests_clause, 0);
	memcpy(r->chain_digest, digest, told.len);
	return TSPDM_OK;
}

static bool is_alias(const struct tspdm_requester *r)
{
	return (r->c.peer_flags & TSPDM_CAP_ALIAS_CERT) != 0;
}

static enum tspdm_status check_chain(struct tspdm_requester *r, const struct chain_parts *parts,
	struct tspdm_buffer *spki, struct tspdm_chain_result *result)
{
	const struct tspdm_chain_check check = {
		.certificates = parts->certificates,
		.root_hash = parts->root_hash,
		.hash = r->c.selected.base_hash,
		.asym = r->c.selected.base_asym,
		.anchors = r->config.anchors,
		.time = r->config.time,
		.is_alias = is_alias(r),
		.allow_unanchored = r->config.allow_unanchored_chain,
	};
	enum tspdm_status status = tspdm_peer_judge(r->config.crypto, &check, spki, result);

	return status == TSPDM_OK ? status : tspdm_requester_broken(r, status, chain_clause, result->failed_at);
}

/* Whether this very chain was judged before on this requester, for the same use. */
static bool is_judged_before(const struct tspdm_requester *r)
{
	const struct judgement *j = &r->judgement;
	const struct tspdm_algorithms *s = &r->c.selected;

	return j->key != NULL && j->hash == s->base_hash && j->asym == s->base_asym && j->is_alias == is_alias(r) &&
	       tspdm_equal_secret(j->digest, r->chain_digest, tspdm_algorithm_size(TSPDM_KIND_HASH, j->hash));
}

static enum tspdm_status judge_anew(struct tspdm_requester *r, struct tspdm_view chain, const struct chain_parts *parts)
{
	struct judgement *j = &r->judgement;
	struct tspdm_buffer spki = { r->spki, sizeof r->spki, 0 };
	struct tspdm_chain_result result;

	tspdm_requester_forget_judgement(r);
	TSPDM_TRY(check_chain(r, parts, &spki, &result));
	r->leaf_key = result.leaf_key;
	memcpy(j->digest, r->chain_digest, sizeof j->digest);
	j->hash = r->c.selected.base_hash;
	j->asym = r->c.selected.base_asym;
	j->is_alias = is_alias(r);
	j->is_anchored = result.is_anchored;
	j->leaf_at = (size_t)(result.leaf.ptr - chain.ptr);
	j->leaf_len = result.leaf.len;
	j->spki_len = spki.len;
	tspdm_requester_remember_chain(r, chain, &result);
	return TSPDM_OK;
}

/* The digest of a known chain has been compared already. */
static enum tspdm_status judge(struct tspdm_requester *r)
{
	struct tspdm_view chain = gathering_view(&r->authentication.chain);
	size_t hash_len = tspdm_algorithm_size(TSPDM_KIND_HASH, r->c.selected.base_hash);
	const struct judgement *j = &r->judgement;
	bool was_known = r->identity.was_known;
	struct chain_parts parts;

	if (!was_known)
		TSPDM_TRY(compare_digest(r, chain));
	if (tspdm_chain_read(chain, r->c.version, hash_len, &parts) != TSPDM_OK)
		return tspdm_requester_broken(r, TSPDM_ERR_CHAIN_FORM, chain_clause, 0);
	if (is_judged_before(r)) {
		r->leaf_key = r->judgement.key;
		r->judgement.key = NULL;
	} else {
		TSPDM_TRY(judge_anew(r, chain, &parts));
	}
	r->identity.was_known = was_known;
	r->identity.is_anchored = j->is_anchored;
	r->identity.slot = r->authentication.job.slot;
	r->identity.chain = chain;
	r->identity.certificates = parts.certificates;
	r->identity.leaf = (struct tspdm_view){ chain.ptr + j->leaf_at, j->leaf_len };
	r->identity.spki = (struct tspdm_view){ r->spki, j->spki_len };
	r->authentication.is_judged = true;
	return TSPDM_OK;
}

/* Whether the caller's room already holds the chain that DIGESTS speaks of. */
static bool is_known(struct tspdm_requester *r)
{
	struct authentication *a = &r->authentication;
	struct tspdm_view known = { a->job.chain, a->job.known_len };

	if (known.len == 0 || known.len > a->job.chain_cap || known.len > TSPDM_CHAIN_MAX)
		return false;
	if (compare_digest(r, known) == TSPDM_OK)
		return true;
	r->error.clause = ""; /* no rule was broken: the chain is fetched */
	return false;
}

/* Whether the cache has it. */
static bool is_cached(struct tspdm_requester *r)
{
	struct authentication *a = &r->authentication;
	size_t cap = a->job.chain_cap < TSPDM_CHAIN_MAX ? a->job.chain_cap : TSPDM_CHAIN_MAX;
	struct tspdm_buffer chain = { a->job.chain, cap, 0 };

	if (!tspdm_requester_recall_chain(r, &chain))
		return false;
	a->chain.len = a->chain.total = (uint32_t)chain.len;
	return true;
}

/* ---- CHALLENGE ---- */

static enum tspdm_status write_challenge(struct tspdm_requester *r, struct tspdm_buffer *request)
{
	struct authentication *a = &r->authentication;
	struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_challenge ask = {
		.slot = a->job.slot,
		.summary_type = a->job.summary_type,
		.nonce = { a->nonce, sizeof a->nonce },
	};

	TSPDM_TRY(r->config.crypto->ops->random(r->config.crypto, a->nonce, sizeof a->nonce));
	return tspdm_write_challenge(request, &shape, &ask);
}

/* A key without certificates is in none of the slots: the mask is empty. */
static enum tspdm_status check_slot(uint8_t asked, const struct tspdm_challenge_auth *auth)
{
	bool is_key = asked == TSPDM_SLOT_PUBLIC_KEY;

	if (is_key && (auth->slot != TSPDM_SLOT_PARAM_PUBLIC_KEY || auth->slot_mask != 0))
		return TSPDM_ERR_SLOT;
	if (!is_key && (auth->slot != asked || (auth->slot_mask & 1U << asked) == 0))
		return TSPDM_ERR_SLOT;
	return TSPDM_OK;
}

static enum tspdm_status check_auth(struct tspdm_requester *r, const struct tspdm_challenge_auth *auth)
{
	TSPDM_TRY(check_slot(r->authentication.job.slot, auth));
	if (!tspdm_requester_opaque_ok(r, auth->opaque))
		return TSPDM_ERR_LENGTH;
	if (!tspdm_equal_secret(auth->chain_hash.ptr, r->chain_digest, auth->chain_hash.len))
		return TSPDM_ERR_DIGEST;
	return TSPDM_OK;
}

static enum tspdm_status read_challenge_auth(struct tspdm_requester *r, struct tspdm_view message)
{
	struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_challenge_auth auth;
	uint8_t digest[TSPDM_HASH_MAX];
	struct tspdm_view body;
	size_t used;

	shape.summary_hash_len =
		tspdm_connection_summary_len(&r->c, r->c.peer_flags, r->authentication.job.summary_type);
	TSPDM_TRY(tspdm_read_challenge_auth(message, &shape, &auth, &used));
	TSPDM_TRY(tspdm_requester_trim(r, &message, used));
	TSPDM_TRY(check_auth(r, &auth));
	body = (struct tspdm_view){ message.ptr, message.len - auth.signature.len };
	TSPDM_TRY(tspdm_transcript_challenge(&r->c.transcript, tspdm_requester_request(r), body, digest));
	TSPDM_TRY(tspdm_requester_verify(r, SIGNING_CHALLENGE_AUTH, digest, auth.signature));
	TSPDM_TRY(tspdm_transcript_authenticated(&r->c.transcript));
	memcpy(r->summary_hash, auth.summary_hash.ptr != NULL ? auth.summary_hash.ptr : r->summary_hash,
		auth.summary_hash.len);
	r->identity.summary_hash = (struct tspdm_view){ r->summary_hash, auth.summary_hash.len };
	r->identity.slot_mask = auth.slot_mask;
	r->identity.is_authenticated = true;
	r->authentication.stage = auth.basic_mutual_auth ? STAGE_MUTUAL : STAGE_DONE;
	return tspdm_requester_take_basic_mutual(r, auth.basic_mutual_auth);
}

/* ---- The job ---- */

static bool is_by_key(const struct tspdm_authenticate *job)
{
	return job->slot == TSPDM_SLOT_PUBLIC_KEY;
}

static const struct exchange certificate_exchange = { TSPDM_GET_CERTIFICATE, TSPDM_CERTIFICATE, true, true,
	certificate_clause, write_get_certificate, read_certificate, NULL };
static const struct exchange challenge_exchange = { TSPDM_CHALLENGE, TSPDM_CHALLENGE_AUTH, true, true, auth_clause,
	write_challenge, read_challenge_auth, NULL };

static enum tspdm_status judge_key(struct tspdm_requester *r)
{
	TSPDM_TRY(tspdm_requester_judge_key(r));
	r->authentication.is_judged = true;
	r->authentication.stage = r->authentication.job.skip_challenge ? STAGE_DONE : STAGE_CHALLENGE;
	return TSPDM_OK;
}

static enum tspdm_status next_certificate(struct tspdm_requester *r, const struct exchange **exchange)
{
	struct authentication *a = &r->authentication;

	if (is_by_key(&a->job)) /* nothing has to be fetched */
		return judge_key(r);
	if (a->chain.len == 0 && (r->digest_slots & 1U << a->job.slot) == 0)
		return tspdm_requester_broken(r, TSPDM_ERR_SLOT, digests_clause, 0);
	if (a->chain.len == 0 && is_known(r)) {
		a->chain.len = a->chain.total = (uint32_t)a->job.known_len;
		r->identity.was_known = true;
	}
	if (a->chain.len == 0 && is_cached(r))
		r->identity.was_known = true;
	if (!gathering_is_complete(&a->chain)) {
		*exchange = &certificate_exchange;
		return TSPDM_OK;
	}
	TSPDM_TRY(judge(r));
	a->stage = a->job.skip_challenge ? STAGE_DONE : STAGE_CHALLENGE;
	return TSPDM_OK;
}

static enum tspdm_status next(struct tspdm_requester *r, const struct exchange **exchange)
{
	struct authentication *a = &r->authentication;

	if (a->stage == STAGE_DIGESTS)
		*exchange = &tspdm_exchange_digests;
	if (a->stage == STAGE_CERTIFICATE)
		TSPDM_TRY(next_certificate(r, exchange));
	if (a->stage == STAGE_CHALLENGE)
		*exchange = &challenge_exchange;
	return a->stage == STAGE_MUTUAL ? tspdm_requester_next_basic_mutual(r, exchange) : TSPDM_OK;
}

/* After a failure a peer may or may not have cleared B; beginning anew with GET_DIGESTS is in step with any. */
static void abandon(struct tspdm_requester *r)
{
	tspdm_requester_forget_judgement(r);
	tspdm_requester_end_flow(r);
	r->has_digests = false;
	if (tspdm_transcript_reset_m(&r->c.transcript) != TSPDM_OK)
		tspdm_requester_drop(r);
}

static const struct job authenticate_job = { next, abandon };

static enum tspdm_status check_job(const struct tspdm_requester *r, const struct tspdm_authenticate *job)
{
	uint32_t needed = (is_by_key(job) ? (uint32_t)TSPDM_CAP_PUB_KEY_ID : (uint32_t)TSPDM_CAP_CERT) |
			  (job->skip_challenge ? 0 : (uint32_t)TSPDM_CAP_CHAL);

	if (job->require_mutual && job->skip_challenge)
		return TSPDM_ERR_ARGUMENT;
	if (is_by_key(job) && r->config.peer_key.len == 0)
		return TSPDM_ERR_ARGUMENT;
	if (!is_by_key(job) && (job->slot >= TSPDM_SLOTS || job->chain == NULL || job->chain_cap == 0))
		return TSPDM_ERR_ARGUMENT;
	if (job->summary_type != TSPDM_SUMMARY_NONE && job->summary_type != TSPDM_SUMMARY_TCB &&
		job->summary_type != TSPDM_SUMMARY_ALL)
		return TSPDM_ERR_ARGUMENT;
	if (r->engine.job != NULL || r->c.phase < TSPDM_PHASE_NEGOTIATED)
		return TSPDM_ERR_STATE;
	if (r->selected_id != 0 && !job->skip_challenge) /* CHALLENGE is for the clear only */
		return TSPDM_ERR_STATE;
	if ((r->c.peer_flags & needed) != needed)
		return TSPDM_ERR_CAPABILITY_MISSING;
	if (job->summary_type != TSPDM_SUMMARY_NONE && (r->c.peer_flags & TSPDM_CAP_MEAS_MASK) == 0)
		return TSPDM_ERR_CAPABILITY_MISSING;
	if (job->require_mutual && (r->c.own_flags & r->c.peer_flags & TSPDM_CAP_MUT_AUTH) == 0)
		return TSPDM_ERR_CAPABILITY_MISSING;
	return TSPDM_OK;
}

enum tspdm_status tspdm_requester_authenticate(struct tspdm_requester *r, const struct tspdm_authenticate *job)
{
	TSPDM_TRY(check_job(r, job));
	TSPDM_TRY(tspdm_requester_check_attested(r));
	tspdm_requester_forget_identity(r);
	r->has_digests = false;
	r->authentication = (struct authentication){ .job = *job,
		.chain = { .room = job->chain, .cap = job->chain_cap, .slot = job->slot },
		.stage = is_by_key(job) ? STAGE_CERTIFICATE : STAGE_DIGESTS };
	return tspdm_requester_begin(r, &authenticate_job, TSPDM_PHASE_NEGOTIATED);
}
