/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The observer on what keeps and ends sessions: HEARTBEAT, KEY_UPDATE of both sides, END_SESSION. */
#include "observer/observer.h"

static enum tspdm_status see_heartbeat(struct look *l)
{
	struct tspdm_shape shape = tspdm_look_shape(l);

	return tspdm_read_heartbeat(l->message, &shape, &l->seen->used);
}

static enum tspdm_status see_heartbeat_ack(struct look *l)
{
	struct tspdm_shape shape = tspdm_look_shape(l);

	return tspdm_read_heartbeat_ack(l->message, &shape, &l->seen->used);
}

/* ---- KEY_UPDATE ---- */

/* Derives a direction's next generation, unless this is a repetition. */
static void derive(struct seen_session *s, enum key_direction direction)
{
	if (!s->has_stream[direction] || tspdm_record_is_pending(&s->in[direction]))
		return;
	if (tspdm_record_update(&s->in[direction]) != TSPDM_OK)
		tspdm_record_fail(&s->in[direction]);
}

static void confirm(struct seen_session *s, enum key_direction direction)
{
	if (!s->has_stream[direction] || !tspdm_record_is_pending(&s->in[direction]))
		return;
	if (tspdm_record_confirm(&s->in[direction]) == TSPDM_OK)
		s->info.generation[direction]++;
	s->is_last_pending[direction] = false;
}

static enum tspdm_status see_key_update(struct look *l)
{
	struct tspdm_shape shape = tspdm_look_shape(l);
	struct seen_session *s = look_session(l);
	enum key_direction carrier = l->is_inner ? KEY_DIRECTION_RESPONSE : KEY_DIRECTION_REQUEST;
	struct tspdm_key_update m;

	TSPDM_TRY(tspdm_read_key_update(l->message, &shape, &m, &l->seen->used));
	if (s == NULL)
		return TSPDM_ERR_UNEXPECTED;
	/* DSP0274 1.2 "KEY_UPDATE request": the new key is first used for VerifyNewKey */
	s->is_update_right = s->is_last_pending[carrier] == (m.operation == TSPDM_VERIFY_NEW_KEY);
	if (l->is_inner)
		return TSPDM_OK; /* the response direction changes with the answer */
	if (m.operation == TSPDM_UPDATE_KEY || m.operation == TSPDM_UPDATE_ALL_KEYS)
		derive(s, KEY_DIRECTION_REQUEST);
	if (m.operation == TSPDM_UPDATE_ALL_KEYS)
		derive(s, KEY_DIRECTION_RESPONSE);
	return TSPDM_OK;
}

/* The answer to UpdateAllKeys comes under the new key of its direction, and only that, before it is confirmed. */
static bool is_answer_right(const struct seen_session *s, const struct tspdm_key_update *ask)
{
	bool is_pending = s->is_last_pending[KEY_DIRECTION_RESPONSE];

	if (ask->operation == TSPDM_VERIFY_NEW_KEY)
		return is_pending == tspdm_record_is_pending(&s->in[KEY_DIRECTION_RESPONSE]);
	return is_pending == (ask->operation == TSPDM_UPDATE_ALL_KEYS);
}

static void follow_update(struct look *l, struct seen_session *s, const struct tspdm_key_update *ask)
{
	bool is_verify = ask->operation == TSPDM_VERIFY_NEW_KEY;

	if (l->is_inner && ask->operation == TSPDM_UPDATE_KEY)
		derive(s, KEY_DIRECTION_RESPONSE);
	if (is_verify)
		confirm(s, KEY_DIRECTION_RESPONSE);
	if (is_verify && !l->is_inner)
		confirm(s, KEY_DIRECTION_REQUEST);
}

static enum tspdm_status see_key_update_ack(struct look *l)
{
	struct tspdm_shape shape = tspdm_look_shape(l);
	struct seen_session *s = look_session(l);
	struct tspdm_key_update ask, m;
	size_t ask_len;
	bool is_echo, is_right;

	TSPDM_TRY(tspdm_read_key_update_ack(l->message, &shape, &m, &l->seen->used));
	TSPDM_TRY(tspdm_read_key_update(tspdm_look_request(l), &shape, &ask, &ask_len));
	if (s == NULL)
		return TSPDM_ERR_UNEXPECTED;
	is_echo = m.operation == ask.operation && m.tag == ask.tag;
	is_right = s->is_update_right && (l->is_inner || is_answer_right(s, &ask));
	tspdm_look_result(l, l->is_inner ? TSPDM_CHECK_ENCAP_KEY_UPDATE_ECHO : TSPDM_CHECK_KEY_UPDATE_ECHO,
		is_echo ? TSPDM_SEEN_OK : TSPDM_SEEN_BAD);
	tspdm_look_result(l, l->is_inner ? TSPDM_CHECK_ENCAP_KEY_UPDATE_GENERATION : TSPDM_CHECK_KEY_UPDATE_GENERATION,
		is_right ? TSPDM_SEEN_OK : TSPDM_SEEN_BAD);
	if (is_echo)
		follow_update(l, s, &ask);
	return TSPDM_OK;
}

/* ---- END_SESSION ---- */

static enum tspdm_status see_end_session(struct look *l)
{
	struct tspdm_shape shape = tspdm_look_shape(l);
	struct tspdm_end_session m;

	return tspdm_read_end_session(l->message, &shape, &m, &l->seen->used);
}

static enum tspdm_status see_end_session_ack(struct look *l)
{
	struct tspdm_shape shape = tspdm_look_shape(l);
	struct seen_session *s = look_session(l);

	TSPDM_TRY(tspdm_read_end_session_ack(l->message, &shape, &l->seen->used));
	if (s == NULL)
		return TSPDM_ERR_UNEXPECTED;
	s->info.phase = TSPDM_SEEN_ENDED;
	return TSPDM_OK;
}

const struct family tspdm_families_control[] = {
	{ TSPDM_HEARTBEAT, TSPDM_HEARTBEAT_ACK, PLACE_SESSION, see_heartbeat, see_heartbeat_ack },
	{ TSPDM_KEY_UPDATE, TSPDM_KEY_UPDATE_ACK, PLACE_SESSION | PLACE_INNER, see_key_update, see_key_update_ack },
	{ TSPDM_END_SESSION, TSPDM_END_SESSION_ACK, PLACE_SESSION, see_end_session, see_end_session_ack },
	{ 0 },
};
