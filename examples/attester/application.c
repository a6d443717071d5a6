/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --app, --receive, --reply: what becomes of application data, and what is answered. A file is there whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tspdm/secret.h>

#include "application.h"

enum {
	ECHO_MAX = 131072, /* bytes that a peer may be behind with taking what is echoed */
	PARTIAL_TRIES = 16,
};

/* ---- Conversations ---- */

static struct conversation *find(struct application *app, uint32_t session)
{
	for (unsigned i = 0; i < SESSIONS; i++)
		if (app->all[i].session == session)
			return &app->all[i];
	return NULL;
}

/* Sessions begin with a FINISH, of which application data may be the first that is heard. */
static struct conversation *find_or_begin(struct application *app, uint32_t session)
{
	struct conversation *c = find(app, session);

	if (c != NULL)
		return c;
	c = find(app, 0);
	if (c != NULL)
		*c = (struct conversation){ .session = session, .fd = -1 };
	return c;
}

/* The partial file of a message that was never whole goes. */
static void drop_partial(struct conversation *c)
{
	if (c->fd >= 0)
		close(c->fd);
	if (c->partial != NULL)
		(void)unlink(c->partial);
	free(c->partial);
	c->fd = -1;
	c->partial = NULL;
}

static void drop_echo(struct conversation *c)
{
	if (c->echo != NULL)
		tspdm_wipe(c->echo, ECHO_MAX);
	free(c->echo);
	c->echo = NULL;
	c->echo_len = 0;
}

static void end_conversation(struct conversation *c)
{
	drop_partial(c);
	drop_echo(c);
	*c = (struct conversation){ .fd = -1 };
}

/* Another message may follow in the same session. */
static void end_message(struct conversation *c)
{
	uint32_t session = c->session;

	end_conversation(c);
	c->session = session;
}

void application_init(struct application *app, const struct options *o, const struct file *reply, const char *peer)
{
	*app = (struct application){ .options = o, .reply = reply, .peer = peer };
	for (unsigned i = 0; i < SESSIONS; i++)
		app->all[i].fd = -1;
}

void application_free(struct application *app)
{
	for (unsigned i = 0; i < SESSIONS; i++)
		if (app->all[i].session != 0)
			end_conversation(&app->all[i]);
}

/* ---- Keeping what comes ---- */

/* Beside the file that it becomes, so that it can be renamed; never one that is there already, nor through a link. */
static bool open_partial(struct conversation *c, const char *path)
{
	size_t cap = strlen(path) + 32;

	c->partial = malloc(cap);
	for (unsigned i = 0; c->partial != NULL && c->fd < 0 && i < PARTIAL_TRIES; i++) {
		snprintf(c->partial, cap, "%s.%08x.%u", path, c->session, i);
		c->fd = open(c->partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
	}
	if (c->fd >= 0)
		return true;
	free(c->partial);
	c->partial = NULL;
	return false;
}

static bool keep_in_file(struct conversation *c, const char *path, const struct application_part *part)
{
	if (strcmp(path, "-") == 0)
		return file_write_all(STDOUT_FILENO, part->data);
	if (c->fd < 0 && !open_partial(c, path))
		return false;
	if (!file_write_all(c->fd, part->data))
		return false;
	if (!part->is_end)
		return true;
	if (fsync(c->fd) != 0 || rename(c->partial, path) != 0)
		return false;
	free(c->partial);
	c->partial = NULL;
	drop_partial(c);
	return true;
}

static bool keep_for_echo(struct conversation *c, struct tspdm_view data)
{
	if (data.len == 0)
		return true;
	if (c->echo == NULL)
		c->echo = malloc(ECHO_MAX);
	if (c->echo == NULL || data.len > ECHO_MAX - c->echo_len)
		return false;
	memcpy(c->echo + c->echo_len, data.ptr, data.len);
	c->echo_len += data.len;
	return true;
}

static bool keep(const struct application *app, struct conversation *c, const struct application_part *part)
{
	const struct options *o = app->options;

	if (c->is_broken || (c->has_all && part->data.len != 0))
		return false;
	c->received += part->data.len;
	if (o->receive != NULL && !c->has_all && !keep_in_file(c, o->receive, part)) {
		log_line(LOG_ERROR, "application", NULL, "%s: session %08x: %s: %s", app->peer, c->session, o->receive,
			strerror(errno));
		return false;
	}
	if (o->app == APP_ECHO && !keep_for_echo(c, part->data))
		return false;
	c->has_all = c->has_all || part->is_end;
	return true;
}

/* ---- Answering ---- */

/* So much of it is said. */
static void advance(struct conversation *c, const struct options *o, size_t len)
{
	c->sent += len;
	if (o->reply != NULL) {
		c->replied += len;
		return;
	}
	if (len != 0)
		memmove(c->echo, c->echo + len, c->echo_len - len);
	c->echo_len -= len;
}

static struct tspdm_view left_to_say(const struct application *app, const struct conversation *c)
{
	if (app->options->reply == NULL)
		return (struct tspdm_view){ c->echo, c->echo_len };
	/* the reply is to the whole message */
	if (!c->has_all || app->reply->len == c->replied)
		return (struct tspdm_view){ NULL, 0 };
	return (struct tspdm_view){ app->reply->bytes + c->replied, app->reply->len - c->replied };
}

static void log_message(const struct application *app, const struct conversation *c)
{
	json_t *fields = json_pack(
		"{ss sI sI}", "peer", app->peer, "received", (json_int_t)c->received, "sent", (json_int_t)c->sent);

	log_line(LOG_INFO, "application", fields,
		"%s: session %08x: %llu bytes of application data received, %llu sent", app->peer, c->session,
		(unsigned long long)c->received, (unsigned long long)c->sent);
}

static void say(struct application *app, struct conversation *c, uint32_t most, struct tspdm_buffer *answer)
{
	struct tspdm_view left = left_to_say(app, c);
	size_t head = application_head_len(app->binding), room = answer->cap - answer->len;
	struct application_part part = { .data = left };

	room = room > head ? room - head : 0;
	if (part.data.len > room)
		part.data.len = room;
	if (part.data.len > most)
		part.data.len = most;
	part.is_end = c->has_all && part.data.len == left.len;
	if (!application_write(answer, app->binding, &part))
		return;
	advance(c, app->options, part.data.len);
	if (!part.is_end)
		return;
	log_message(app, c);
	end_message(c);
}

static void answer_part(
	struct application *app, uint32_t session, const struct application_part *part, struct tspdm_buffer *answer)
{
	static const struct application_part refusal = { .is_refused = true };
	struct conversation *c = app->options->app != APP_REFUSE ? find_or_begin(app, session) : NULL;

	if (c != NULL && keep(app, c, part)) {
		say(app, c, part->room, answer);
		return;
	}
	if (c != NULL) {
		drop_partial(c);
		c->is_broken = true;
	}
	log_line(LOG_WARN, "application", NULL, "%s: session %08x: application data refused", app->peer, session);
	(void)application_write(answer, app->binding, &refusal);
}

static bool echo_foreign(const struct application *app, struct tspdm_view data, struct tspdm_buffer *answer)
{
	if (app->options->app != APP_ECHO || data.len > answer->cap - answer->len)
		return false;
	if (data.len != 0)
		memcpy(answer->ptr + answer->len, data.ptr, data.len);
	answer->len += data.len;
	return true;
}

/* Data in another form is some other program's: echoed as it is where all is echoed, else passed over. */
void application_take(void *context, uint32_t session, struct tspdm_view data, struct tspdm_buffer *answer)
{
	struct application *app = context;
	struct application_part part;

	if (application_read(data, app->binding, &part))
		answer_part(app, session, &part, answer);
	else
		(void)echo_foreign(app, data, answer);
}

static bool is_ours(const struct tspdm_vendor_request *request)
{
	return request->standard_id == APPLICATION_STANDARD_ID &&
	       request->vendor_id.len == sizeof application_vendor_id &&
	       memcmp(request->vendor_id.ptr, application_vendor_id, sizeof application_vendor_id) == 0;
}

/* Outside an established session nobody is told or given anything. */
enum tspdm_status application_vendor(void *context, const struct tspdm_vendor_request *request,
	struct tspdm_buffer *response, struct tspdm_pending *pending)
{
	struct application *app = context;
	struct application_part part;

	(void)pending;
	if (request->session == 0)
		return TSPDM_ERR_UNSUPPORTED;
	if (!is_ours(request) || !application_is_vendor(app->binding))
		return echo_foreign(app, request->payload, response) ? TSPDM_OK : TSPDM_ERR_UNSUPPORTED;
	if (!application_read(request->payload, app->binding, &part))
		return TSPDM_ERR_FIELD;
	answer_part(app, request->session, &part, response);
	return TSPDM_OK;
}

/* ---- Sessions that come and go ---- */

static bool is_listed(const uint32_t *ids, size_t count, uint32_t id)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

void application_settle(struct application *app, const struct tspdm_responder *responder)
{
	uint32_t ids[SESSIONS];
	size_t count = tspdm_responder_sessions(responder, ids, SESSIONS);

	if (count > SESSIONS)
		count = SESSIONS;
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct conversation *c = &app->all[i];

		if (c->session == 0 || is_listed(ids, count, c->session))
			continue;
		log_line(LOG_INFO, "session-end", json_pack("{ss}", "peer", app->peer), "%s: session %08x: ended",
			app->peer, c->session);
		end_conversation(c);
	}
	for (size_t i = 0; i < count; i++) {
		if (find(app, ids[i]) != NULL || find_or_begin(app, ids[i]) == NULL)
			continue;
		app->opened++;
		log_line(LOG_INFO, "session", json_pack("{ss}", "peer", app->peer), "%s: session %08x: established",
			app->peer, ids[i]);
	}
}
