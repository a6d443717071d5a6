/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * One endpoint while it is attested: what attest.c, session.c, release.c and watch.c hand to each other. Functions that
 * return false have put the reason into the verdict. */
#ifndef VERIFIER_ATTEST_H
#define VERIFIER_ATTEST_H

#include "verifier.h"

struct attest {
	const struct material *m;
	struct appraisal *a;
	struct tspdm_transport *transport;
	struct tspdm_requester *requester;
	void *memory;
	uint8_t channel[TSPDM_CHANNEL_LEN];
	size_t channel_len;        /* 0: the transport has no value of its own that evidence could be bound to */
	uint8_t *large;            /* where chunks are put together */
	struct session_room *room; /* NULL: no sessions are wanted */
	uint32_t session;          /* 0: none is open */
	uint64_t asked_us;         /* when the nonce of the newest evidence was chosen */
};

/* ---- attest.c ---- */

/* Ordinary measurements and evidence, in the session where one is in use; then the verdict is to be made. */
bool attest_measure(struct attest *t);
/* Evidence of the session, and the verdict: whether a session is to be opened, or the final one. */
bool attest_session(struct attest *t);
void attest_judge(struct attest *t, bool is_preliminary);
/* What evidence that is shown in a session has to be bound to beside it: the TLS connection, or nothing. */
struct tspdm_view attest_channel(const struct attest *t);
/* What went wrong in the last exchange, with whatever the peer said about it. */
void describe_failure(const struct attest *t, char *out, size_t cap);

/* ---- bundle.c ---- */

/* Keeps what evidence of the session is bound to. */
void bundle_keep_session(const struct attest *t);

/* ---- session.c ---- */

/* Whether the options ask for sessions at all. */
bool session_is_wanted(const struct options *o);
/* Gives a requester what it needs for sessions, if they are wanted and the binding carries them. */
bool session_configure(struct attest *t, struct tspdm_requester_config *config);
void session_room_free(struct session_room *room);
/* Whether a session will be opened if the verdict is good. */
bool session_is_possible(const struct attest *t);
/* Opens a session where the preliminary verdict is good, judges anew by what is shown in it, does in it all that the options ask for, and ends it. */
void session_run(struct attest *t);
/* A check of the session's, appended to the verdict. A failure takes the verdict away; false then. */
__attribute__((format(printf, 4, 5))) bool session_check(
	struct attest *t, const char *check, enum tspdm_status status, const char *format, ...);
/* Runs a job that was begun with this result. */
bool session_job(struct attest *t, const char *check, enum tspdm_status begun);
/* Tells why the job that ran last failed; false. */
bool session_job_failed(struct attest *t, const char *check, enum tspdm_status status);
/* Waits for an answer to application data; it lies in the session's room. TSPDM_ERR_TIMEOUT, or what ended it. */
enum tspdm_status session_ask(struct attest *t, struct tspdm_view record, struct tspdm_view *answer);
/* Room for one record of application data, and for an answer to it. */
struct tspdm_buffer session_record_room(struct attest *t);
struct tspdm_buffer session_answer_room(struct attest *t);
/* What keeps a session from being opened; NULL: nothing. */
const char *session_obstacle(const struct attest *t);
/* Takes the session that was just opened for the one that is used from now on. */
enum tspdm_status session_adopt(struct attest *t);
bool is_good_verdict(const struct tspdm_verdict *verdict);

/* ---- release.c ---- */

/* --send and --receive. */
bool release_run(struct attest *t);

/* ---- provision.c ---- */

/* --get-csr and --set-cert, in the session where one is open. */
bool provision_run(struct attest *t);
/* In the clear, where the verdict is good and no session was opened. */
void provision_clear(struct attest *t);

/* ---- hold.c, watch.c ---- */

/* --hold and --watch. */
bool hold_run(struct attest *t);
/* Attests again in the session, and reports. */
bool watch_again(struct attest *t);

#endif
