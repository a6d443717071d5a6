/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Transcripts outside sessions: VCA, M1/M2, L1/L2 (DSP0274 "Transcript and transcript hash calculation rules"). Running
 * hashes; only VCA is kept as bytes, since the hash is not known before its last message. */
#ifndef TSPDM_CORE_TRANSCRIPT_H
#define TSPDM_CORE_TRANSCRIPT_H

#include <tspdm/crypto.h>

/* GET_VERSION 4, VERSION at most 516, capabilities 2 × 20 and a Supported Algorithms block, algorithms 2 × 128. */
enum { VCA_MAX = 1024, VCA_MESSAGES = 6 };

struct transcript {
	struct tspdm_crypto *crypto;
	uint32_t hash; /* BaseHashSel; 0 before it is known */
	uint8_t version;
	bool is_authenticated; /* CHALLENGE of this connection completed */
	bool is_open;          /* the running hashes are usable */
	uint16_t vca_len;
	uint8_t vca_count; /* messages in vca_bytes, and where each ends */
	uint16_t vca_ends[VCA_MESSAGES];
	struct tspdm_hash *vca; /* the hash states: VCA, A ‖ B, L, and one to finish digests in */
	struct tspdm_hash *m;
	struct tspdm_hash *l;
	struct tspdm_hash *scratch;
	struct tspdm_hash **session_log; /* L of the session whose messages are handled now; NULL: outside sessions */
	uint8_t vca_bytes[VCA_MAX];
};

void tspdm_transcript_init(struct transcript *t, struct tspdm_crypto *crypto);
/* Frees the hashes and forgets everything: GET_VERSION, RequestResynch. */
void tspdm_transcript_drop(struct transcript *t);

/* Appends one exchange of the VCA messages. TSPDM_ERR_TOO_LARGE where they do not fit. */
enum tspdm_status tspdm_transcript_vca(struct transcript *t, struct tspdm_view request, struct tspdm_view response);
/* One of the messages; empty where it is not there. */
struct tspdm_view tspdm_transcript_vca_message(const struct transcript *t, unsigned i);
/* Undoes an exchange that failed after it was appended: back to `vca_len` bytes, without running hashes. */
void tspdm_transcript_rewind(struct transcript *t, uint16_t vca_len);
/* The hash and version are known: makes the running hashes and starts A ‖ B and L from VCA. hash 0: nothing to hash
 * with. */
enum tspdm_status tspdm_transcript_open(struct transcript *t, uint8_t version, uint32_t hash);

/* Messages from now on are of a session, which has an L of its own and no B; NULL: they are in the clear. */
void tspdm_transcript_context(struct transcript *t, struct tspdm_hash **session_log);
/* Makes the L of a session. */
enum tspdm_status tspdm_transcript_new_log(struct transcript *t, struct tspdm_hash **log);

/* B: one GET_DIGESTS or GET_CERTIFICATE exchange outside a session; GET_DIGESTS clears B first. */
enum tspdm_status tspdm_transcript_b(
	struct transcript *t, bool is_digests, struct tspdm_view request, struct tspdm_view response);
/* Clears B and C. */
enum tspdm_status tspdm_transcript_reset_m(struct transcript *t);
/* The digest of M1/M2: A ‖ B ‖ CHALLENGE ‖ (CHALLENGE_AUTH − Signature). B stays, for a retry. */
enum tspdm_status tspdm_transcript_challenge(
	struct transcript *t, struct tspdm_view request, struct tspdm_view unsigned_response, uint8_t *digest);
/* CHALLENGE_AUTH was sent, or verified: B and C are cleared, the connection is authenticated. */
enum tspdm_status tspdm_transcript_authenticated(struct transcript *t);

/* L: one GET_MEASUREMENTS exchange; of a signed one the response without its signature. Nothing where no base hash was
 * selected: such a connection signs nothing. */
enum tspdm_status tspdm_transcript_l(struct transcript *t, struct tspdm_view request, struct tspdm_view response);
enum tspdm_status tspdm_transcript_reset_l(struct transcript *t);
/* The digest of L1/L2 with a signed exchange at its end, which L itself does not take: the signature may still fail, or
 * come later. */
enum tspdm_status tspdm_transcript_measurements(
	struct transcript *t, struct tspdm_view request, struct tspdm_view unsigned_response, uint8_t *digest);
/* The digest of L1/L2 as it stands. */
enum tspdm_status tspdm_transcript_l_digest(struct transcript *t, uint8_t *digest);

/* What a request other than those above does to the transcripts, before it is answered: DSP0274 "M1/M2 and L1/L2
 * reset". Call it for each request, but not for RESPOND_IF_READY, nor for a retry of the same bytes. In a session it
 * is that session's L which is reset. */
enum tspdm_status tspdm_transcript_request(struct transcript *t, uint8_t code);
/* An ERROR other than ResponseNotReady was answered. */
enum tspdm_status tspdm_transcript_error(struct transcript *t);

#endif
