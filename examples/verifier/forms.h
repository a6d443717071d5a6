/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Sessions of other forms than the plain one: by pre-shared key, and those in which the verifier proves who it is. */
#ifndef VERIFIER_FORMS_H
#define VERIFIER_FORMS_H

#include "attest.h"

/* ---- identity.c: the verifier's own ---- */

/* Takes the values of --cert, --key, --public-key-only, --req-asym, --mutual and --basic-mutual. */
bool identity_on_cert(struct options *o, const char *value, char *why);
bool identity_on_key(struct options *o, const char *value, char *why);
bool identity_on_public_key_only(struct options *o, const char *value, char *why);
bool identity_on_req_asym(struct options *o, const char *value, char *why);
bool identity_on_mutual(struct options *o, const char *value, char *why);
bool identity_on_basic_mutual(struct options *o, const char *value, char *why);
/* Whether they go together. */
bool identity_check_options(const struct options *o, char *why);
/* The capabilities that they bring; 0: the verifier is nobody. */
uint32_t identity_capabilities(const struct options *o);
bool identity_read(struct material *m, const struct options *o, char *why);
void identity_free(struct material *m);
void identity_configure(const struct material *m, struct tspdm_requester_config *config);
/* What a person could do about a failure that comes of mutual authentication; empty: it comes of something else. */
const char *identity_advice(const struct attest *t, const struct tspdm_requester_error *e);
/* Tells whether the peer has asked who the verifier is, after CHALLENGE and in the session. */
void identity_tell_basic(struct attest *t);
void identity_tell_session(struct attest *t);

/* ---- own_tee.c: --tee ---- */

bool own_tee_on_tee(struct options *o, const char *value, char *why);
/* Statuses as of tee_open(). */
enum tspdm_status own_tee_open(struct material *m, char *why);
/* Shows the attester the verifier's own evidence, if there is any; the session is in use. */
bool own_tee_present(struct attest *t);

/* ---- hand_over.c: --give-result ---- */

bool hand_over_on_give_result(struct options *o, const char *value, char *why);
/* Hands the attester the result about itself, if the options want it; the session is in use, and the verdict is made. False:
 * the session is broken. That the attester does not take it changes nothing of the verdict. */
bool hand_over(struct attest *t);
/* The attestation is over. */
void hand_over_end(struct attest *t);

/* ---- preshared.c: --psk ---- */

bool preshared_on_psk(struct options *o, const char *value, char *why);
/* Reads the key. One that can be found by trying is told on standard error. */
bool preshared_read(struct material *m, const struct options *o, char *why);
void preshared_configure(const struct material *m, struct tspdm_requester_config *config);
/* Who the peer is, where it has no certificates: whoever holds the key. The session is open then, and in use. */
bool preshared_authenticate(struct attest *t);
/* Begins the session's opening. */
enum tspdm_status preshared_open(struct attest *t);
/* As identity_advice(). */
const char *preshared_advice(const struct attest *t, const struct tspdm_requester_error *e);

#endif
