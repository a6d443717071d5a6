/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The session that follows a good verdict: opened, kept as the options want it, used, ended. Nothing of it happens where
 * the verdict is not good. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tspdm/secret.h>

#include "../common/application.h"
#include "forms.h"

#define SESSION_CAPABILITIES                                                                                           \
	(TSPDM_CAP_KEY_EX | TSPDM_CAP_PSK | TSPDM_CAP_ENCRYPT | TSPDM_CAP_MAC | TSPDM_CAP_HBEAT | TSPDM_CAP_KEY_UPD |  \
		TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR)

enum {
	RECORD_MAX = 65000 + 64, /* of the largest message that the requester takes */
	ANSWER_US = 10000000,    /* for an answer to application data, unless --timeout says otherwise */
	S_US = 1000000,
};

struct session_room {
	size_t answer_len;
	bool has_answer;
	bool has_data; /* application data went through the last two; else they are as calloc() gave them */
	void *sessions;
	uint8_t record[RECORD_MAX]; /* the requester's */
	uint8_t out[RECORD_MAX];    /* application data on its way */
	uint8_t answer[RECORD_MAX];
};

bool is_good_verdict(const struct tspdm_verdict *verdict)
{
	return verdict->kind == TSPDM_VERDICT_ACCEPT || verdict->kind == TSPDM_VERDICT_WARN;
}

bool session_is_wanted(const struct options *o)
{
	return o->session != SESSION_NEVER && (o->capabilities & (TSPDM_CAP_KEY_EX | TSPDM_CAP_PSK)) != 0;
}

bool session_demand(struct options *o, const char *option, const char *value, char *why)
{
	if (o->session == SESSION_NEVER)
		return refuse(why, option, value, "needs a session, which --no-session forbids");
	o->session = SESSION_REQUIRED;
	return true;
}

bool session_check(struct attest *t, const char *check, enum tspdm_status status, const char *format, ...)
{
	struct tspdm_verdict *v = &t->a->verdict;
	char detail[TSPDM_DETAIL_MAX - 64];
	va_list args;

	va_start(args, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start is right above */
	vsnprintf(detail, sizeof detail, format, args);
	va_end(args);
	tspdm_checks_add(&v->checks, check, status, "%s", detail);
	if (status == TSPDM_OK)
		return true;
	if (is_good_verdict(v)) {
		v->kind = TSPDM_VERDICT_ERROR;
		v->status = status;
		v->entry = -1;
		snprintf(v->reason, sizeof v->reason, "%s: %s", check, detail);
	}
	return false;
}

bool session_job_failed(struct attest *t, const char *check, enum tspdm_status status)
{
	char text[384];

	describe_failure(t, text, sizeof text);
	return session_check(t, check, status, "%s", text);
}

bool session_job(struct attest *t, const char *check, enum tspdm_status begun)
{
	if (begun != TSPDM_OK)
		return session_check(t, check, begun, "%s", tspdm_status_text(begun));
	begun = tspdm_run(t->requester, t->transport);
	return begun == TSPDM_OK || session_job_failed(t, check, begun);
}

/* ---- Setting up ---- */

static void take_answer(void *context, uint32_t session, struct tspdm_view data, struct tspdm_buffer *answer)
{
	struct session_room *room = context;

	(void)session, (void)answer;
	if (data.len > sizeof room->answer)
		return;
	room->has_data = true;
	memcpy(room->answer, data.ptr, data.len);
	room->answer_len = data.len;
	room->has_answer = true;
}

bool session_configure(struct attest *t, struct tspdm_requester_config *config)
{
	const struct options *o = t->m->options;

	config->capabilities |= o->capabilities & ~(uint32_t)SESSION_CAPABILITIES;
	identity_configure(t->m, config);
	if (!session_is_wanted(o) || tspdm_binding_is(config->binding, &tspdm_binding_none))
		return true;
	t->room = calloc(1, sizeof *t->room);
	if (t->room != NULL)
		t->room->sessions = malloc(tspdm_session_size());
	if (t->room == NULL || t->room->sessions == NULL)
		return false;
	config->capabilities |= o->capabilities;
	preshared_configure(t->m, config);
	config->dhe = o->dhe;
	config->aead = o->aead;
	config->sessions = t->room->sessions;
	config->sessions_len = tspdm_session_size();
	config->record = t->room->record;
	config->record_len = sizeof t->room->record;
	config->must_attest = true;
	config->evidence_enterprise = o->enterprise;
	config->application = (struct tspdm_application_hook){ take_answer, t->room };
	return true;
}

void session_room_free(struct session_room *room)
{
	if (room == NULL)
		return;
	free(room->sessions);
	/* secrets went through it; what nobody wrote to is not written to now, which would take memory for each endpoint */
	tspdm_wipe(room, room->has_data ? sizeof *room : offsetof(struct session_room, out));
	free(room);
}

/* A requester like those of the connections: what is wrong with the options shows before anybody is connected to. */
bool session_check_options(const struct material *m, char *why)
{
	struct appraisal *a = calloc(1, sizeof *a);
	struct attest t = { .m = m, .a = a };
	struct tspdm_requester_config config = {
		.size = sizeof config, .crypto = m->crypto, .binding = &tspdm_binding_tcp
	};
	enum tspdm_status status = TSPDM_ERR_MEMORY;

	t.memory = malloc(tspdm_requester_size());
	if (a != NULL && t.memory != NULL && session_configure(&t, &config)) {
		config.request = a->request;
		config.request_len = sizeof a->request;
		status = tspdm_requester_init(t.memory, tspdm_requester_size(), &config, &t.requester);
	}
	if (status != TSPDM_OK)
		snprintf(why, WHY_MAX, "the options do not go together: %s", tspdm_status_text(status));
	if (status == TSPDM_OK)
		tspdm_requester_wipe(t.requester);
	free(t.memory);
	session_room_free(t.room);
	free(a);
	return status == TSPDM_OK;
}

/* ---- Application data ---- */

struct tspdm_buffer session_record_room(struct attest *t)
{
	t->room->has_data = true;
	return (struct tspdm_buffer){ t->room->out, sizeof t->room->out, 0 };
}

struct tspdm_buffer session_answer_room(struct attest *t)
{
	t->room->has_data = true;
	return (struct tspdm_buffer){ t->room->answer, sizeof t->room->answer, 0 };
}

static enum tspdm_status is_open(const struct attest *t)
{
	struct tspdm_session_info info;

	return tspdm_requester_session(t->requester, t->session, &info) == TSPDM_OK ? TSPDM_OK
										    : TSPDM_ERR_SESSION_ENDED;
}

enum tspdm_status session_ask(struct attest *t, struct tspdm_view record, struct tspdm_view *answer)
{
	uint32_t timeout_s = t->m->options->timeout_s;
	uint64_t deadline_us = tspdm_now_us() + (timeout_s != 0 ? (uint64_t)timeout_s * S_US : ANSWER_US);
	struct session_room *room = t->room;
	struct tspdm_io io;

	room->has_answer = false;
	TSPDM_TRY(t->transport->ops->send(t->transport, TSPDM_KIND_SECURED, record, deadline_us));
	while (!room->has_answer) {
		enum tspdm_message_kind kind;
		struct tspdm_view message;

		TSPDM_TRY(t->transport->ops->receive(t->transport, &kind, &message, deadline_us));
		(void)tspdm_requester_step(t->requester, tspdm_now_us(), &io); /* so that it knows when it heard this */
		(void)!tspdm_requester_input(t->requester, kind, message);     /* whatever else came is ignored */
		TSPDM_TRY(is_open(t));
	}
	*answer = (struct tspdm_view){ room->answer, room->answer_len };
	return TSPDM_OK;
}

/* ---- What the options ask for ---- */

enum tspdm_status session_adopt(struct attest *t)
{
	struct appraisal *a = t->a;

	t->session = tspdm_requester_opened(t->requester);
	TSPDM_TRY(tspdm_requester_session(t->requester, t->session, &a->session));
	a->subject.session = &a->session;
	return TSPDM_OK;
}

static bool open_by_certificate(struct attest *t)
{
	const struct tspdm_open_session how = {
		.summary_type = TSPDM_SUMMARY_NONE,
		.require_mutual = t->m->options->wants_mutual,
	};

	return session_job(t, "session.open", tspdm_requester_open_session(t->requester, &how));
}

/* One that authenticated its peer is open already. */
static bool open_session(struct attest *t)
{
	bool is_by_key = t->m->options->psk != NULL;

	if (t->session != 0)
		return true;
	if (!(is_by_key ? session_job(t, "session.psk", preshared_open(t)) : open_by_certificate(t)))
		return false;
	if (session_adopt(t) == TSPDM_OK)
		return true;
	return session_check(t, "session.open", TSPDM_ERR_SESSION_ENDED, "the session was lost at once");
}

/* A new verdict has none of the checks that are not appraisal's. */
static void tell_session(struct attest *t, bool was_open)
{
	const struct tspdm_session_info *s = &t->a->session;

	identity_tell_basic(t);
	if (t->m->options->psk != NULL && !was_open)
		(void)session_check(t, "session.psk", TSPDM_OK, "the peer holds the pre-shared key");
	identity_tell_session(t);
	(void)session_check(t, "session.open", TSPDM_OK, "%s, handshake %s",
		s->is_mac_only ? "authenticated only, not encrypted" : "encrypted",
		s->is_handshake_clear ? "in the clear" : "protected");
}

/* What is shown in the session decides: nothing of the application's passes before. */
static bool judge_session(struct attest *t, bool was_open)
{
	if (tspdm_requester_use_session(t->requester, t->session) != TSPDM_OK)
		return session_check(t, "session.open", TSPDM_ERR_SESSION_ENDED, "the session was lost at once");
	if (!attest_session(t))
		return false;
	attest_judge(t, false);
	tell_session(t, was_open);
	if (!is_good_verdict(&t->a->verdict)) {
		(void)hand_over(t);
		return false;
	}
	if (!own_tee_present(t))
		return false;
	if (tspdm_requester_attested(t->requester, t->session) != TSPDM_OK)
		return session_check(t, "session.open", TSPDM_ERR_SESSION_ENDED, "the session was lost");
	return hand_over(t);
}

static bool beat(struct attest *t)
{
	uint32_t count = t->m->options->heartbeats;

	for (uint32_t i = 0; i < count; i++)
		if (!session_job(t, "session.heartbeat", tspdm_requester_heartbeat(t->requester, t->session)))
			return false;
	return count == 0 || session_check(t, "session.heartbeat", TSPDM_OK, "%u answered", count);
}

static bool update_keys(struct attest *t)
{
	uint32_t count = t->m->options->key_updates;

	/* both directions, then the requests' alone, and so on: each form is met */
	for (uint32_t i = 0; i < count; i++)
		if (!session_job(t, "session.keys", tspdm_requester_update_keys(t->requester, t->session, i % 2 == 0)))
			return false;
	return count == 0 || session_check(t, "session.keys", TSPDM_OK, "%u updates", count);
}

static bool end_session(struct attest *t)
{
	struct tspdm_session_info info;

	if (t->session == 0 || tspdm_requester_session(t->requester, t->session, &info) != TSPDM_OK)
		return false;
	return session_job(t, "session.end", tspdm_requester_close_session(t->requester, t->session)) &&
	       session_check(t, "session.end", TSPDM_OK, "ended in order");
}

static const char *obstacle_by_key(const struct tspdm_negotiated *n)
{
	if ((n->peer_capabilities & TSPDM_CAP_PSK_MASK) == 0 || (n->peer_capabilities & TSPDM_CAP_MAC) == 0)
		return "the peer has no sessions by pre-shared key (PSK_CAP, MAC_CAP)";
	return n->aead == 0 ? "the peer has none of the AEAD suites offered" : NULL;
}

const char *session_obstacle(const struct attest *t)
{
	const struct options *o = t->m->options;
	const struct tspdm_negotiated *n = &t->a->negotiated;
	uint32_t needed = TSPDM_CAP_KEY_EX | TSPDM_CAP_MAC;

	if (!session_is_wanted(o))
		return "--caps takes KEY_EX away";
	if (t->room == NULL)
		return "this binding carries no sessions";
	if (o->psk != NULL)
		return obstacle_by_key(n);
	if ((o->capabilities & TSPDM_CAP_KEY_EX) == 0)
		return "--caps takes KEY_EX away";
	if (o->wants_mutual && (n->peer_capabilities & TSPDM_CAP_MUT_AUTH) == 0)
		return "the peer asks nobody who he is (MUT_AUTH_CAP), as --mutual wants it to";
	if ((n->peer_capabilities & needed) != needed)
		return "the peer has no sessions (KEY_EX_CAP, MAC_CAP)";
	return n->dhe == 0 || n->aead == 0 ? "the peer has none of the DHE groups or AEAD suites offered" : NULL;
}

/* Who asks what a policy would have to say is told what the session shows, too; nothing else happens in it. */
static bool lacks_policy_alone(const struct attest *t)
{
	const struct tspdm_check *policy = tspdm_checks_find(&t->a->verdict.checks, "policy");

	return t->m->policy == NULL && policy != NULL && policy->result != TSPDM_CHECK_OK &&
	       tspdm_checks_status(&t->a->verdict.checks) == policy->status && policy->status == TSPDM_ERR_POLICY;
}

/* A session that nobody asked for by name is opened where it can be; else the verdict is as good without. */
static bool can_open(struct attest *t)
{
	const struct options *o = t->m->options;
	struct tspdm_verdict *v = &t->a->verdict;
	const char *why = session_obstacle(t);

	if (!is_good_verdict(v) && !lacks_policy_alone(t)) {
		if (o->session == SESSION_REQUIRED)
			tspdm_checks_skip(&v->checks, "session.open", "the verdict is not good: no session is opened");
		return false;
	}
	if (why == NULL)
		return true;
	if (o->session == SESSION_REQUIRED)
		return session_check(t, "session.open", TSPDM_ERR_CAPABILITY_MISSING, "%s", why);
	tspdm_checks_skip(&v->checks, "session.open", "%s", why);
	return false;
}

bool session_is_possible(const struct attest *t)
{
	const struct options *o = t->m->options;

	return o->session != SESSION_NEVER && (o->session == SESSION_REQUIRED || session_is_wanted(o)) &&
	       session_obstacle(t) == NULL;
}

void session_run(struct attest *t)
{
	bool was_open = t->session != 0;

	if (t->m->options->session == SESSION_NEVER)
		return;
	if (t->m->options->session == SESSION_AUTO && !session_is_wanted(t->m->options))
		return;
	if (!can_open(t)) {
		if (t->session != 0)
			(void)end_session(t); /* the one that authenticated the peer */
		return;
	}
	if (!open_session(t))
		return;
	if (judge_session(t, was_open) && beat(t) && update_keys(t) && release_run(t) && hold_run(t))
		(void)provision_run(t); /* last: what was authenticated may have another chain afterwards */
	(void)end_session(t);           /* also after a failure that left the session standing: the peer is told */
}
