// Package restisolation tests on every route of the REST interface that nobody sees
// or changes more than the credential allows: not the assets of another workspace,
// and no secret or internal error in responses, logs or rows.
package restisolation
