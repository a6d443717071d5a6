/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Whatever a requester waits for, in every version: each response code that is not the one, each ERROR, and messages that came
 * where they may not. It takes what the model allows, and fails distinctly otherwise; then it believes no more than before. */
#include "model_requester.h"
#include "psk_rig.h"

enum { SCENE_STEPS = 6, REQUESTS_MAX = 8, MODEL_ROOM = 128 };

enum step {
	NO_STEP,
	CONNECT,
	DIGESTS,
	AUTHENTICATE,
	MEASURE,
	VENDOR,
	OPEN,
	OPEN_PSK,
	USE, /* what follows goes in the session */
	DIGESTS_INSIDE,
	CHAIN_INSIDE,
	HEARTBEAT,
	UPDATE,
	UPDATE_ALL,
	ASK_UPDATE, /* the responder wants new keys */
	SERVE,
	SERVE_CLEAR,
	CLOSE,
};

/* The last step is the one that is disturbed. */
struct scene {
	const char *name;
	uint8_t since;
	enum step steps[SCENE_STEPS];
	uint8_t mutual;
	bool is_clear, is_psk, is_basic;
	uint32_t transfer;
};

static const struct scene scenes[] = {
	{ "connect", TSPDM_V10, { CONNECT }, 0, false, false, false, 0 },
	{ "digests", TSPDM_V10, { CONNECT, DIGESTS }, 0, false, false, false, 0 },
	{ "authenticate", TSPDM_V10, { CONNECT, AUTHENTICATE }, 0, false, false, false, 0 },
	{ "basic mutual", TSPDM_V11, { CONNECT, AUTHENTICATE }, 0, false, false, true, 0 },
	{ "measure", TSPDM_V10, { CONNECT, AUTHENTICATE, MEASURE }, 0, false, false, false, 0 },
	{ "vendor", TSPDM_V10, { CONNECT, VENDOR }, 0, false, false, false, 0 },
	{ "open", TSPDM_V11, { CONNECT, AUTHENTICATE, OPEN }, 0, false, false, false, 0 },
	{ "open in the clear", TSPDM_V11, { CONNECT, AUTHENTICATE, OPEN }, 0, true, false, false, 0 },
	{ "open, signed", TSPDM_V11, { CONNECT, AUTHENTICATE, OPEN }, TSPDM_MUTUAL_AUTH, false, false, false, 0 },
	{ "open, encapsulated", TSPDM_V11, { CONNECT, AUTHENTICATE, OPEN }, TSPDM_MUTUAL_AUTH_ENCAPSULATED, false,
		false, false, 0 },
	{ "open, encapsulated in the clear", TSPDM_V11, { CONNECT, AUTHENTICATE, OPEN }, TSPDM_MUTUAL_AUTH_ENCAPSULATED,
		true, false, false, 0 },
	{ "open, implied", TSPDM_V11, { CONNECT, AUTHENTICATE, OPEN }, TSPDM_MUTUAL_AUTH_IMPLICIT, false, false, false,
		0 },
	{ "open by PSK", TSPDM_V11, { CONNECT, OPEN_PSK }, 0, false, true, false, 0 },
	{ "open another", TSPDM_V11, { CONNECT, AUTHENTICATE, OPEN, OPEN }, 0, false, false, false, 0 },
	{ "challenge beside a session", TSPDM_V11, { CONNECT, AUTHENTICATE, OPEN, AUTHENTICATE }, 0, false, false,
		false, 0 },
	{ "digests inside", TSPDM_V11, { CONNECT, AUTHENTICATE, OPEN, USE, DIGESTS_INSIDE }, 0, false, false, false,
		0 },
	{ "chain inside", TSPDM_V11, { CONNECT, AUTHENTICATE, OPEN, USE, CHAIN_INSIDE }, 0, false, false, false, 0 },
	{ "measure inside", TSPDM_V11, { CONNECT, AUTHENTICATE, OPEN, USE, MEASURE }, 0, false, false, false, 0 },
	{ "vendor inside", TSPDM_V11, { CONNECT, AUTHENTICATE, OPEN, USE, VENDOR }, 0, false, false, false, 0 },
	{ "heartbeat", TSPDM_V11, { CONNECT, AUTHENTICATE, OPEN, HEARTBEAT }, 0, false, false, false, 0 },
	{ "heartbeat, PSK", TSPDM_V11, { CONNECT, OPEN_PSK, HEARTBEAT }, 0, false, true, false, 0 },
	{ "new key", TSPDM_V11, { CONNECT, AUTHENTICATE, OPEN, UPDATE }, 0, false, false, false, 0 },
	{ "new keys", TSPDM_V11, { CONNECT, AUTHENTICATE, OPEN, UPDATE_ALL }, 0, false, false, false, 0 },
	{ "nothing to serve", TSPDM_V11, { CONNECT, AUTHENTICATE, OPEN, SERVE }, 0, false, false, false, 0 },
	{ "serve a key update", TSPDM_V11, { CONNECT, AUTHENTICATE, OPEN, ASK_UPDATE, SERVE }, 0, false, false, false,
		0 },
	{ "nothing to serve in the clear", TSPDM_V11, { CONNECT, SERVE_CLEAR }, 0, false, false, false, 0 },
	{ "close", TSPDM_V11, { CONNECT, AUTHENTICATE, OPEN, CLOSE }, 0, false, false, false, 0 },
	{ "chunks", TSPDM_V12, { CONNECT, AUTHENTICATE }, 0, false, false, false, 256 },
	{ "chunks inside", TSPDM_V12, { CONNECT, AUTHENTICATE, OPEN, USE, CHAIN_INSIDE }, 0, false, false, false, 256 },
};

/* ---- A scene ---- */

#define CAPS ((uint32_t)(FULL | TSPDM_CAP_ENCAP))

static uint32_t session_id;
static uint8_t vendor_room[64];

static enum tspdm_status serve_vendor(void *context, const struct tspdm_vendor_request *request,
	struct tspdm_buffer *response, struct tspdm_pending *pending)
{
	(void)context, (void)request, (void)pending;
	if (response->cap < 4)
		return TSPDM_ERR_BUFFER;
	memcpy(response->ptr, "word", 4);
	response->len = 4;
	return TSPDM_OK;
}

static struct pair *make(const struct scene *scene, uint8_t version)
{
	struct pair_options options = { .version = version,
		.dhe = TSPDM_DHE_SECP256R1,
		.heartbeat_s = 5,
		.retries = TSPDM_NO_RETRIES,
		.transfer = scene->transfer,
		.mutual_form = scene->mutual,
		.basic_mutual = scene->is_basic,
		.max_message = 8192 };
	struct pair *pair;

	if (version == TSPDM_V10)
		options.capabilities = TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_MEAS_SIG;
	else
		options.session_capabilities = CAPS | (scene->is_clear ? TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR : 0U);
	if (scene->mutual != 0 || scene->is_basic)
		options.requester_capabilities =
			options.session_capabilities | TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_MUT_AUTH;
	pair = scene->is_psk ? psk_pair(WITH_CONTEXT, options) : pair_new(&options);
	pair->device.vendor = serve_vendor;
	session_id = 0;
	return pair;
}

static enum tspdm_status begin_authenticate(struct pair *pair, bool skip_challenge)
{
	return tspdm_requester_authenticate(
		pair->requester, &(struct tspdm_authenticate){ .skip_challenge = skip_challenge,
					 .summary_type = skip_challenge ? TSPDM_SUMMARY_NONE : TSPDM_SUMMARY_ALL,
					 .chain = pair->chain,
					 .chain_cap = sizeof pair->chain });
}

static enum tspdm_status begin_vendor(struct pair *pair)
{
	static struct tspdm_buffer response;
	const struct tspdm_vendor_defined request = { .standard_id = 3, .vendor_id = TEXT("ab"), .payload = TEXT("x") };

	response = (struct tspdm_buffer){ vendor_room, sizeof vendor_room, 0 };
	return tspdm_requester_vendor(pair->requester, &request, &response);
}

static enum tspdm_status begin_measure(struct pair *pair)
{
	return tspdm_requester_measure(pair->requester, &(struct tspdm_measure){ .operation = TSPDM_MEASUREMENT_ALL,
								.is_signed = true,
								.record = pair->record,
								.record_cap = sizeof pair->record });
}

static enum tspdm_status begin_open_psk(struct pair *pair)
{
	return tspdm_requester_open_psk_session(
		pair->requester, &(struct tspdm_open_psk_session){ .hint = first_hint });
}

/* A step that is no job by itself says TSPDM_AGAIN. */
static enum tspdm_status begin(struct pair *pair, enum step step)
{
	struct tspdm_requester *r = pair->requester;

	switch (step) {
	case CONNECT:
		return tspdm_requester_connect(r);
	case DIGESTS:
	case DIGESTS_INSIDE:
		return tspdm_requester_get_digests(r);
	case AUTHENTICATE:
	case CHAIN_INSIDE:
		return begin_authenticate(pair, step == CHAIN_INSIDE);
	case MEASURE:
		return begin_measure(pair);
	case VENDOR:
		return begin_vendor(pair);
	case OPEN:
		return tspdm_requester_open_session(r, &(struct tspdm_open_session){ .summary_type = 0 });
	case OPEN_PSK:
		return begin_open_psk(pair);
	case HEARTBEAT:
		return tspdm_requester_heartbeat(r, session_id);
	case UPDATE:
	case UPDATE_ALL:
		return tspdm_requester_update_keys(r, session_id, step == UPDATE_ALL);
	case SERVE:
	case SERVE_CLEAR:
		return tspdm_requester_serve_encapsulated(r, step == SERVE ? session_id : 0);
	case CLOSE:
		return tspdm_requester_close_session(r, session_id);
	case USE:
		assert_int_equal(tspdm_requester_use_session(r, session_id), TSPDM_OK);
		return TSPDM_AGAIN;
	case ASK_UPDATE:
		assert_int_equal(tspdm_responder_ask_key_update(pair->responder, session_id), TSPDM_OK);
		return TSPDM_AGAIN;
	case NO_STEP:
		break;
	}
	return TSPDM_ERR_ARGUMENT;
}

static unsigned last_of(const struct scene *scene)
{
	unsigned i = 0;

	while (i + 1 < SCENE_STEPS && scene->steps[i + 1] != NO_STEP)
		i++;
	return i;
}

/* Up to the last step, which is begun. */
static struct pair *enter(const struct scene *scene, uint8_t version)
{
	struct pair *pair = make(scene, version);
	unsigned last = last_of(scene);

	for (unsigned i = 0; i <= last; i++) {
		enum tspdm_status status = begin(pair, scene->steps[i]);

		assert_true(status == TSPDM_OK || (status == TSPDM_AGAIN && i < last));
		if (i == last || status == TSPDM_AGAIN)
			continue;
		assert_int_equal(pair_run(pair), TSPDM_OK);
		if (scene->steps[i] == OPEN || scene->steps[i] == OPEN_PSK)
			session_id = tspdm_requester_opened(pair->requester);
	}
	return pair;
}

/* ---- The lie ---- */

struct liar {
	struct pair *pair;
	const struct scene *scene;
	unsigned at; /* which request is answered by it */
	enum model_lie lie;
	uint8_t code;
	uint8_t version;
	/* what came of it */
	unsigned requests;
	struct model_wait wait;
	bool is_told;
	bool is_skipped; /* that would be no lie */
	enum tspdm_status taken;
	uint32_t in_session;
};

static struct session *session_of(const struct liar *liar)
{
	return tspdm_session_find(&liar->pair->responder->sessions, liar->in_session);
}

/* The request in clear text: the responder's key opens a copy of it. */
static uint8_t code_of(const struct liar *liar, const struct pair_message *m)
{
	static uint8_t copy[PAIR_MESSAGE_MAX];
	struct tspdm_record_opened opened;
	struct tspdm_view message;
	struct session s;

	if (m->kind == TSPDM_KIND_PLAIN)
		return m->bytes[1];
	s = *session_of(liar); /* streams hold no memory of their own: the session itself stays as it is */
	memcpy(copy, m->bytes, m->len);
	assert_int_equal(tspdm_record_open(&s.open, copy, m->len, &opened), TSPDM_OK);
	assert_true(tspdm_session_message(&s, opened.data, &message));
	return message.ptr[1];
}

static size_t write_error(const struct liar *liar, uint8_t *message)
{
	const uint8_t late[] = { 10, liar->wait.request, 1, 8 };

	message[1] = TSPDM_ERROR;
	message[2] = liar->code;
	if (liar->lie == LIE_ERROR)
		return 4;
	if (liar->code == TSPDM_ERROR_RESPONSE_NOT_READY) {
		memcpy(message + 4, late, sizeof late);
		message[5] ^= liar->lie == LIE_ERROR_BAD_DATA;
		return 8;
	}
	message[4] = 1;
	return liar->lie == LIE_ERROR_BAD_DATA ? 4 : liar->code == TSPDM_ERROR_RESPONSE_TOO_LARGE ? 8 : 5;
}

static size_t write_lie(const struct liar *liar, uint8_t message[MODEL_ROOM])
{
	uint8_t right = liar->wait.request & 0x7FU;

	memset(message, 0, MODEL_ROOM);
	message[0] = liar->wait.request == TSPDM_GET_VERSION ? TSPDM_V10 : liar->version;
	message[1] = right;
	switch (liar->lie) {
	case LIE_CODE:
		message[1] = liar->code;
		return 64;
	case LIE_ERROR:
	case LIE_ERROR_DATA:
	case LIE_ERROR_BAD_DATA:
		return write_error(liar, message);
	case LIE_VERSION:
		message[0] = liar->version == TSPDM_V12 ? TSPDM_V11 : TSPDM_V12;
		return 64;
	case LIE_SHORT:
		return 3;
	case LIE_EMPTY:
		return 0;
	default:
		return 64;
	}
}

static enum tspdm_status tell_record(const struct liar *liar, const uint8_t *message, size_t len)
{
	static uint8_t room_of_record[1024];
	struct session *s = session_of(liar);
	struct tspdm_buffer record = { room_of_record, sizeof room_of_record, 0 };

	memcpy(record.ptr + tspdm_session_head_len(s), message, len);
	assert_int_equal(tspdm_session_seal(s, &record, len), TSPDM_OK);
	if (liar->lie == LIE_FORGED)
		record.ptr[record.len - 1] ^= 1;
	return tspdm_requester_input(liar->pair->requester, TSPDM_KIND_SECURED, tspdm_buffer_view(&record));
}

static enum tspdm_status tell(const struct liar *liar)
{
	uint8_t message[MODEL_ROOM];
	size_t len = write_lie(liar, message);
	enum tspdm_message_kind kind = TSPDM_KIND_PLAIN;

	if (liar->lie == LIE_OTHER_SESSION || (liar->lie == LIE_ELSEWHERE && !liar->wait.is_in_session)) {
		memset(message, 0xEE, 4); /* a session id that nobody has */
		kind = TSPDM_KIND_SECURED;
	} else if (liar->wait.is_in_session && liar->lie != LIE_ELSEWHERE) {
		return tell_record(liar, message, len);
	}
	return tspdm_requester_input(liar->pair->requester, kind, (struct tspdm_view){ message, len });
}

/* What would be right is no lie. */
static bool is_truth(const struct liar *liar)
{
	uint8_t right = liar->wait.request & 0x7FU;

	if (liar->lie == LIE_CODE)
		return liar->code == right || liar->code == TSPDM_ERROR;
	/* the standard leaves open what a record is that holds no whole header: application data */
	if (liar->lie == LIE_SHORT || liar->lie == LIE_EMPTY)
		return liar->wait.is_in_session;
	if (liar->lie == LIE_FORGED)
		return !liar->wait.is_in_session;
	return false;
}

static void answer_with_a_lie(void *context, struct pair_message *m)
{
	struct liar *liar = context;
	struct model_verdict verdict;

	if (!m->is_request || liar->requests++ != liar->at)
		return;
	liar->in_session = m->kind == TSPDM_KIND_SECURED
				   ? (uint32_t)m->bytes[0] | (uint32_t)m->bytes[1] << 8 | (uint32_t)m->bytes[2] << 16 |
					     (uint32_t)m->bytes[3] << 24
				   : 0;
	liar->wait = (struct model_wait){ .version = liar->version,
		.request = code_of(liar, m),
		.is_in_session = liar->in_session != 0,
		.has_chunks = liar->scene->transfer != 0 };
	liar->wait.is_poll = liar->wait.request == TSPDM_GET_ENCAPSULATED_REQUEST && liar->scene->mutual == 0 &&
			     !liar->scene->is_basic;
	liar->is_skipped = is_truth(liar);
	if (liar->is_skipped)
		return;
	verdict = model_judge(&liar->wait, liar->lie, liar->code);
	m->is_dropped = verdict.outcome != OUT_IGNORED;
	liar->taken = tell(liar);
	liar->is_told = true;
}

/* ---- What is believed ---- */

struct belief {
	bool is_authenticated, is_measured;
	unsigned sessions;
	unsigned phase;
};

static struct belief belief_of(const struct pair *pair)
{
	const struct session_table *table = requester_sessions(pair->requester);
	struct belief b = { .is_authenticated = tspdm_requester_identity(pair->requester)->is_authenticated,
		.is_measured = tspdm_requester_measured(pair->requester)->is_verified,
		.phase = (unsigned)requester_phase(pair->requester) };

	for (unsigned i = 0; i < table->count; i++)
		b.sessions += table->all[i].phase != SESSION_FREE;
	return b;
}

/* Not one of the things that it says is there was not there before. */
static bool is_no_more(const struct belief *now, const struct belief *before)
{
	return now->is_authenticated <= before->is_authenticated && now->is_measured <= before->is_measured &&
	       now->sessions <= before->sessions &&
	       now->phase <= (before->phase > TSPDM_PHASE_NOT_STARTED ? before->phase
								      : (unsigned)TSPDM_PHASE_AFTER_CAPABILITIES);
}

static const char *wrong_of(struct liar *liar, const struct belief *before, const struct model_verdict *v)
{
	struct tspdm_requester *r = liar->pair->requester;
	const struct tspdm_requester_error *error = tspdm_requester_error(r);
	enum tspdm_status late;
	struct tspdm_io io;
	struct belief now;

	if (v->outcome == OUT_IGNORED)
		return liar->taken != TSPDM_ERR_STATE ? "taken" : NULL;
	if (liar->taken != TSPDM_OK)
		return "not taken";
	if (v->outcome == OUT_WAITS)
		return tspdm_requester_step(r, pair_now_us(), &io) == TSPDM_STEP_FAILED ? "failed" : NULL;
	if (tspdm_requester_step(r, pair_now_us(), &io) != TSPDM_STEP_FAILED)
		return "not failed";
	if (error->status == TSPDM_OK || (v->status != TSPDM_OK && error->status != v->status))
		return "another status";
	if (error->request_code != liar->wait.request && !liar->wait.has_chunks)
		return "another request code";
	if (v->status == TSPDM_ERR_PEER && error->peer_error != liar->code)
		return "another ErrorCode";
	now = belief_of(liar->pair);
	if (!is_no_more(&now, before))
		return "more is believed than before";
	if (v->loses_all && (now.sessions != 0 || now.phase != TSPDM_PHASE_NOT_STARTED || now.is_authenticated))
		return "something is left";
	if (v->loses_session && liar->in_session != 0 &&
		tspdm_session_find(requester_sessions(r), liar->in_session) != NULL)
		return "the session is left";
	liar->lie = LIE_VERSION; /* whatever comes now, nothing is awaited */
	late = liar->in_session != 0 && session_of(liar) != NULL ? TSPDM_ERR_STATE : tell(liar);
	return late != TSPDM_ERR_STATE ? "something is awaited" : NULL;
}

struct tally {
	unsigned states, lies, refused, wrong;
};

/* Lets one lie follow on the request `at` of a scene. @returns false where there is no such request */
static bool check(
	const struct scene *scene, uint8_t version, unsigned at, enum model_lie lie, uint8_t code, struct tally *tally)
{
	struct pair *pair = enter(scene, version);
	struct liar liar = { .pair = pair, .scene = scene, .at = at, .lie = lie, .code = code, .version = version };
	const struct belief before = belief_of(pair);
	struct model_verdict v;
	const char *wrong = NULL;

	pair->hook = answer_with_a_lie;
	pair->hook_context = &liar;
	for (unsigned i = 0; i < 1000 && !liar.is_told && !liar.is_skipped; i++) {
		enum tspdm_status status = pair_step(pair);

		if (status != TSPDM_AGAIN)
			break;
	}
	if (liar.is_told) {
		v = model_judge(&liar.wait, lie, code);
		wrong = wrong_of(&liar, &before, &v);
		if (wrong == NULL && v.outcome == OUT_IGNORED && pair_run(pair) != TSPDM_OK)
			wrong = "it disturbed";
		tally->lies++;
		tally->refused += v.outcome == OUT_FAILED;
	}
	if (wrong != NULL) {
		printf("# %x.%x, %s, request %u (0x%02X)%s, lie %d 0x%02X: %s (%s)\n", version >> 4, version & 15,
			scene->name, at, liar.wait.request, liar.wait.is_in_session ? " inside" : "", (int)lie, code,
			wrong, tspdm_status_name(tspdm_requester_error(pair->requester)->status));
		tally->wrong++;
	}
	pair_free(pair);
	return liar.is_told || liar.is_skipped;
}

/* Codes that the standard has, in every state (of 1.1, whose states are those of 1.2, every other); the rest one by one in
 * turn, so that all come somewhere. */
static bool is_worth(uint8_t version, enum model_lie lie, unsigned code, unsigned turn)
{
	bool is_known = lie == LIE_CODE
				? (code < 0x09 || (code >= 0x60 && code < 0x72) || (code >= 0x7C && code < 0x7F))
				: (code < 0x13 || (code >= 0x41 && code < 0x48) || code == 0xFF);

	return (code + turn) % (!is_known ? 16 : version == TSPDM_V11 ? 2 : 1) == 0;
}

static bool check_request(const struct scene *scene, uint8_t version, unsigned at, struct tally *tally)
{
	if (!check(scene, version, at, LIE_VERSION, 0, tally))
		return false;
	tally->states++;
	for (unsigned code = 0; code <= 0xFF; code++) {
		if (is_worth(version, LIE_CODE, code, tally->states))
			(void)check(scene, version, at, LIE_CODE, (uint8_t)code, tally);
		if (is_worth(version, LIE_ERROR, code, tally->states))
			(void)check(scene, version, at, LIE_ERROR, (uint8_t)code, tally);
	}
	for (int lie = LIE_SHORT; lie < LIES; lie++)
		(void)check(scene, version, at, (enum model_lie)lie, 0, tally);
	for (int lie = LIE_ERROR_DATA; lie <= LIE_ERROR_BAD_DATA; lie++) {
		(void)check(scene, version, at, (enum model_lie)lie, TSPDM_ERROR_RESPONSE_NOT_READY, tally);
		(void)check(scene, version, at, (enum model_lie)lie, TSPDM_ERROR_LARGE_RESPONSE, tally);
		(void)check(scene, version, at, (enum model_lie)lie, TSPDM_ERROR_RESPONSE_TOO_LARGE, tally);
	}
	return true;
}

static void check_version(uint8_t version)
{
	struct tally tally = { 0 };

	for (size_t i = 0; i < COUNT(scenes); i++)
		for (unsigned at = 0; scenes[i].since <= version && at < REQUESTS_MAX; at++)
			if (!check_request(&scenes[i], version, at, &tally))
				break;
	printf("# %u.%u: %u states of %u jobs, %u answers that are not the right one, %u refused\n", version >> 4,
		version & 15U, tally.states, (unsigned)COUNT(scenes), tally.lies, tally.refused);
	assert_int_equal(tally.wrong, 0);
	assert_true(tally.states >= 9 && tally.refused > 30 * tally.states);
}

static void whatever_is_not_the_response_is_refused_in_1_0(void **state)
{
	(void)state;
	check_version(TSPDM_V10);
}

static void whatever_is_not_the_response_is_refused_in_1_1(void **state)
{
	(void)state;
	check_version(TSPDM_V11);
}

static void whatever_is_not_the_response_is_refused_in_1_2(void **state)
{
	(void)state;
	check_version(TSPDM_V12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_is_not_the_response_is_refused_in_1_0),
		cmocka_unit_test(whatever_is_not_the_response_is_refused_in_1_1),
		cmocka_unit_test(whatever_is_not_the_response_is_refused_in_1_2),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
