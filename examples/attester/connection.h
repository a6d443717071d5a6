/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * One connection, as its files see it: connection.c reads and writes, answer.c gives the answers. */
#ifndef ATTESTER_CONNECTION_H
#define ATTESTER_CONNECTION_H

#include "application.h"
#include "attest_peer.h"
#include "crowd.h"
#include "history.h"
#include "rekey.h"
#include "rooms.h"
#include "wire.h"

/* What a connection waits for, which decides how long. */
enum waiting {
	WAITING_FIRST, /* the first whole frame */
	WAITING_REST,  /* the rest of a frame */
	WAITING_NEXT,  /* another frame */
	WAITING_TAKEN, /* for the peer to take an answer */
};

struct connection {
	struct member member; /* the server's; first, so that one is the other */
	struct server *server;
	struct rooms *rooms;
	struct attester *attester; /* held */
	struct event *readable, *writable, *patience;
	struct event *heartbeat; /* when the first session is lost */
	struct wire wire;
	struct peer_judge judge;
	uint8_t channel[TSPDM_CHANNEL_LEN]; /* of TLS; evidence that is shown in sessions is bound to it */
	enum waiting waiting;
	unsigned frames;  /* whole ones so far, */
	unsigned counted; /* and when patience began anew */
	bool is_ending;   /* once what is to be written is written */
	const char *reason;
	struct tspdm_framer framer;
	struct tspdm_responder *responder; /* made when the first message tells the binding */
	struct tspdm_responder_rooms held; /* while a message is answered; after that what is in use */
	uint8_t *in;                       /* what came and is no whole frame yet; NULL: nothing */
	size_t in_len, in_cap;
	struct tspdm_buffer out; /* NULL: there is nothing to be written */
	bool is_out_own;         /* its room is of just that length */
	size_t out_sent;
	struct history history;
	struct tspdm_basic_device device; /* the attester's, with this connection's application */
	struct application application;
	unsigned sessions; /* that are established */
	struct rekey rekey;
	struct pcap_stream capture;
};

/* The largest frame that is taken: beyond, the stream ends. */
size_t connection_frame_max(const struct attester *a);

/* Counts bytes that it holds by itself; idle ones go for it where there are none left. False: nobody is idle. */
bool connection_claim(struct connection *c, size_t len);

/* ---- answer.c ---- */

/* Answers a message; what there is to be written is in `out`. TSPDM_ERR_MEMORY: --max-memory. */
enum tspdm_status answer_message(struct connection *c, const struct tspdm_frame *frame);
/* Something is to be written: makes room for it. */
enum tspdm_status answer_room(struct connection *c);
/* Sessions that nobody keeps alive are let go of. */
void answer_expired(struct connection *c);
/* When the first session is lost for want of heartbeats, from now on; UINT64_MAX: none is. */
uint64_t answer_session_left_us(const struct connection *c);
/* Frees what answering took. */
void answer_free(struct connection *c);

/* ---- peer.c ---- */

/* Where a socket leads: in words, and as an address. */
void peer_look(int fd, unsigned number, char name[HISTORY_PEER_MAX], struct peer_address *address);

#endif
