/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What a responder may answer, as a model of its own: DSP0274 1.2 "SPDM messages", "Error code and error data", "Session",
 * "Large SPDM message transfer mechanism", written down from the rules and not from the code. A request may break several
 * rules at once; the order in which they are looked at is left open, so the model gathers all answers that a broken rule
 * calls for. Only where none is broken there is a response. */
#ifndef TEST_MODEL_RESPONDER_H
#define TEST_MODEL_RESPONDER_H

#include <tspdm/spdm.h>
#include <tspdm/types.h>

/* Where a message comes, or a request may. */
enum model_place { IN_CLEAR = 1, IN_HANDSHAKE = 2, IN_APPLICATION = 4 };

/* What is under way in a place and has rules of its own. */
enum model_affair {
	NOTHING,
	FLOW_UNASKED,      /* encapsulated requests wait to be fetched */
	FLOW_ASKED,        /* one of them waits for its response */
	FLOW_COMPLETE,     /* they are over, and FINISH has to follow */
	FLOW_BROKEN,       /* they failed: FINISH cannot succeed any more */
	UPDATE_PENDING,    /* KEY_UPDATE was answered, VerifyNewKey has to follow */
	KEY_UPDATE_WANTED, /* the responder's own, an encapsulated request that nothing waits for */
	CHUNKS_COMING,     /* the request is a large one */
	CHUNKS_GOING,      /* the response was a large one */
	RESPONSE_LATE,     /* ResponseNotReady was answered */
	LOST,              /* nothing in common: RequestResynch */
	SIGNATURE_WANTED   /* the requester has to sign FINISH */
};

/* How a state is come to. */
enum model_make {
	MAKE_PLAIN = 0,
	MAKE_LEAN = 1,         /* the responder has neither sessions nor certificates */
	MAKE_CLEAR = 2,        /* the handshake is in the clear */
	MAKE_ENCAPSULATED = 4, /* mutual authentication by encapsulated requests */
	MAKE_IMPLICIT = 8,     /* the first of which is implied */
	MAKE_SIGNED = 16,      /* by the signature of FINISH alone */
	MAKE_BASIC = 32,       /* basic mutual authentication */
};

struct guest;

struct model_state {
	const char *name;
	uint8_t since;           /* first version that can have it */
	uint8_t phase;           /* enum tspdm_phase */
	uint8_t session;         /* 0: none; IN_HANDSHAKE or IN_APPLICATION */
	bool is_psk;             /* of the session */
	uint8_t affair_in_clear; /* enum model_affair */
	uint8_t affair_in_session;
	unsigned make; /* enum model_make */
	void (*enter)(struct guest *g);
};

/* DSP0274 1.2 "SPDM request codes": where each request belongs. */
struct model_request {
	uint8_t code, response, since;
	unsigned places;     /* set of enum model_place */
	bool is_of_sessions; /* one that needs a session: in the clear it gets SessionRequired */
	bool is_lean;        /* one that a responder without certificates and sessions has */
	const char *name;
};

enum { MODEL_ERRORS = 8 };

struct model_answer {
	uint8_t response; /* 0: it has to be an ERROR */
	uint8_t errors[MODEL_ERRORS];
	unsigned error_count;
};

/* One request in one state. */
struct model_cell {
	const struct model_state *state;
	uint8_t version;
	uint8_t code;
	uint8_t place;         /* enum model_place */
	bool is_other_version; /* its SPDMVersion is not the selected one */
	bool is_short;         /* it ends inside its header */
};

/* NULL: the code is reserved. */
const struct model_request *model_request_of(uint8_t code);
void model_expect(const struct model_cell *cell, struct model_answer *out);

#endif
