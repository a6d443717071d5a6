/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What a requester may take while it waits for a response, as a model of its own: DSP0274 1.2 "ERROR response", "Timing
 * requirements", "Session". */
#ifndef TEST_MODEL_REQUESTER_H
#define TEST_MODEL_REQUESTER_H

#include <tspdm/spdm.h>
#include <tspdm/status.h>

/* What is sent instead of the response. */
enum model_lie {
	LIE_CODE,           /* another code */
	LIE_ERROR,          /* ERROR, bare */
	LIE_ERROR_DATA,     /* ERROR with the data that belongs to it */
	LIE_ERROR_BAD_DATA, /* with data that does not */
	LIE_VERSION,        /* the right code, of another version */
	LIE_SHORT,          /* less than a header */
	LIE_EMPTY,          /* nothing */
	LIE_FORGED,         /* a record of the session, under other keys */
	LIE_ELSEWHERE,      /* the right code in the clear for a session, as a record for the clear */
	LIE_OTHER_SESSION,  /* a record of a session that is not there */
	LIES
};

enum model_outcome {
	OUT_FAILED,  /* the job is over, distinctly */
	OUT_IGNORED, /* as if it had not come: the right response is still taken */
	OUT_WAITS,   /* the job goes on: it will ask again, or has found that there is nothing to be had */
};

/* What the requester waits for. */
struct model_wait {
	uint8_t version;
	uint8_t request; /* the code that was sent */
	bool is_in_session;
	bool is_poll; /* GET_ENCAPSULATED_REQUEST without a reason */
	bool has_chunks;
};

struct model_verdict {
	enum model_outcome outcome;
	enum tspdm_status status; /* OUT_FAILED; TSPDM_OK: any */
	bool loses_session;       /* that it is in */
	bool loses_all;           /* the connection and its sessions */
};

struct model_verdict model_judge(const struct model_wait *wait, enum model_lie lie, uint8_t code);

#endif
