/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The transcript TH of one session, DSP0274 "Transcript and transcript hash calculation rules": a running hash to which
 * the handshake's messages are appended in parts, cut where the standard cuts them. A clone of it is finished where a
 * digest is asked for. Each part names what it is, and what may follow what is a table: an engine that loses its order
 * gets TSPDM_ERR_STATE and no digest. */
#ifndef TSPDM_CORE_SESSION_TRANSCRIPT_H
#define TSPDM_CORE_SESSION_TRANSCRIPT_H

#include "core/transcript.h"

enum th_form {
	TH_CERTIFICATE,       /* KEY_EXCHANGE, the handshake encrypted */
	TH_CERTIFICATE_CLEAR, /* KEY_EXCHANGE, the handshake in the clear: the verify data is in FINISH_RSP instead */
	TH_PSK,               /* PSK_EXCHANGE and PSK_FINISH */
	TH_PSK_ALONE,         /* PSK_EXCHANGE only: no ResponderContext */
};

/* Parts of the transcript, in the order in which they stand. "FINISH" is also PSK_FINISH, and so on. */
enum th_part {
	TH_VCA,                /* put there by tspdm_session_transcript_open() */
	TH_RESPONDER_DIGESTS,  /* Dr: 1.3 and later, MULTI_KEY_CONN_RSP; else not appended */
	TH_RESPONDER_IDENTITY, /* Cr: the digest of the responder's chain structure, or of its public key */
	TH_EXCHANGE,           /* the whole KEY_EXCHANGE */
	TH_EXCHANGE_RSP,       /* KEY_EXCHANGE_RSP up to Signature, PSK_EXCHANGE_RSP up to ResponderVerifyData */
	TH_EXCHANGE_SIGNATURE, /* KEY_EXCHANGE_RSP.Signature */
	TH_EXCHANGE_VERIFY,    /* ResponderVerifyData, where the message has it */
	TH_REQUESTER_DIGESTS,  /* Dq: 1.3 and later, MULTI_KEY_CONN_REQ; else not appended */
	TH_REQUESTER_IDENTITY, /* Cq: with mutual authentication only; it makes FINISH.Signature mandatory */
	TH_FINISH,             /* FINISH up to Signature (1.4: OpaqueData included) or RequesterVerifyData */
	TH_FINISH_SIGNATURE,
	TH_FINISH_VERIFY, /* RequesterVerifyData */
	TH_FINISH_RSP,    /* FINISH_RSP up to ResponderVerifyData: all of it where it has none */
	TH_FINISH_RSP_VERIFY,
};

/* What a digest is for. */
enum th_use {
	TH_USE_EXCHANGE_SIGNATURE, /* KEY_EXCHANGE_RSP.Signature */
	TH_USE_TH1,                /* the handshake secrets, and the exchange response's ResponderVerifyData */
	TH_USE_FINISH_SIGNATURE,   /* FINISH.Signature, with mutual authentication */
	TH_USE_FINISH_VERIFY,      /* RequesterVerifyData */
	TH_USE_FINISH_RSP_VERIFY,  /* FINISH_RSP.ResponderVerifyData, in the clear */
	TH_USE_TH2,                /* the data secrets */
};

struct session_transcript {
	struct tspdm_crypto *crypto;
	struct tspdm_hash *running;
	struct tspdm_hash *scratch; /* where the clone is finished */
	enum th_form form;
	enum th_part last;
	uint32_t parts; /* bit of each part that is in it */
};

/* Begins with the VCA of the connection, whose hash and crypto it takes. Whatever `t` is, it must be zero or closed.
 * TSPDM_ERR_STATE: the connection has no base hash yet. */
enum tspdm_status tspdm_session_transcript_open(
	struct session_transcript *t, const struct transcript *connection, enum th_form form);
/* TSPDM_ERR_STATE: the part does not follow what is there. After any failure the transcript is closed: what would be
 * missing in it can never be signed. */
enum tspdm_status tspdm_session_transcript_append(
	struct session_transcript *t, enum th_part part, struct tspdm_view bytes);
/* TSPDM_ERR_STATE: the transcript has not come to where this digest is taken, or is past it. */
enum tspdm_status tspdm_session_transcript_digest(struct session_transcript *t, enum th_use use, uint8_t *digest);
/* Frees the hashes. May be called again, and on zeroes. */
void tspdm_session_transcript_close(struct session_transcript *t);

#endif
