package whatspie

import (
	"net/http"
	"strings"

	"github.com/whatspie-go/whatspie/internal/wire"
)

// The sentinels classify errors by what a program can do about them. Test for them with [errors.Is]. One error may
// match several: a specific and a general one, the context's error, and the cause. The exception is
// [ErrOutcomeUnknown]: an [*APIError] that matches it matches no other sentinel, and an [*UnconfirmedError] at most
// [ErrDeviceUnidentified].
var (
	// ErrInvalidRequest means that the arguments of the call are invalid. Nothing was sent.
	ErrInvalidRequest error = sentinelError("invalid request")
	// ErrInvalidPackage means that the server does not know the package code. The error also matches [ErrBadRequest].
	ErrInvalidPackage error = sentinelError("invalid package")
	// ErrBadRequest means that the server rejected the request with a 4xx status that has no sentinel of its own.
	ErrBadRequest error = sentinelError("bad request")
	// ErrUnauthorized means that the token is wrong, revoked or expired (401).
	ErrUnauthorized error = sentinelError("unauthorized")
	// ErrForbidden means that the account is not allowed to make the request (403).
	ErrForbidden error = sentinelError("forbidden")
	// ErrDeviceLimit means that the account has reached its device limit. The error also matches [ErrForbidden].
	ErrDeviceLimit error = sentinelError("device limit reached")
	// ErrDeviceNotFound means that the account has no such device. The error also matches [ErrNotFound].
	ErrDeviceNotFound error = sentinelError("device not found")
	// ErrNotFound means that the resource does not exist (404).
	ErrNotFound error = sentinelError("not found")
	// ErrDeviceConnected means that there is no QR code because a phone is already connected.
	ErrDeviceConnected error = sentinelError("device is connected")
	// ErrQRGeneration means that the server failed to generate a QR code: try again. The error also matches [ErrServer].
	ErrQRGeneration error = sentinelError("QR code generation failed")
	// ErrQRNotReady means that the server has no QR code yet: try again in a few seconds.
	ErrQRNotReady error = transientError("QR code not ready")
	// ErrRateLimited means that too many requests were sent (429); see APIError.RetryAfter.
	ErrRateLimited error = sentinelError("rate limited")
	// ErrRetryBudget means that the call was not retried because the retry budget of the client is spent; see
	// [RetryPolicy.Budget]. The error also matches what the last attempt failed with.
	ErrRetryBudget error = sentinelError("retry budget spent")
	// ErrServer means that the server failed (5xx) or timed out (408) on a request that changes nothing. For a request
	// that may have changed something, the error is ErrOutcomeUnknown instead.
	ErrServer error = sentinelError("server error")
	// ErrNoResponse means that no response arrived (a dial, DNS or TLS failure, a reset connection, an attempt that timed
	// out) and that the request changed nothing: it is a read, or it was never sent. If the caller's own context ended the
	// wait, the error matches the context's error instead.
	ErrNoResponse error = sentinelError("no response")
	// ErrOutcomeUnknown means that a request that may change something was sent, and that it is not known whether the
	// server acted on it. After a creation, a device may exist and be billed: check [DevicesService.List] before creating
	// another. [DevicesService.CreateConfirmed] does that by itself. Whether another request may be sent again
	// depends on its endpoint. An [*APIError] that matches ErrOutcomeUnknown matches no other sentinel, so that code which
	// handles, say, [ErrServer] does not send the request twice. [APIError.StatusCode] and Code hold what the server
	// reported.
	ErrOutcomeUnknown error = sentinelError("outcome unknown")
	// ErrDeviceUnidentified means that the server confirmed a creation, but the response does not identify the device. The
	// device exists and may be billed: find it with DevicesService.List. Do not send the request again.
	ErrDeviceUnidentified error = sentinelError("device created, but not identified in the response")
	// ErrUnexpectedResponse means that the HTTP status is not a failure, but the response is not one that the API sends.
	ErrUnexpectedResponse error = sentinelError("unexpected response")
	// ErrResponseTooLarge means that the response exceeds the limit of [WithMaxResponseBytes], or that it is a list of
	// more than 10,000 devices of fewer than 32 bytes each. The lists that the loops and CreateConfirmed read are also
	// limited to 16 times WithMaxResponseBytes, 1,000,000 devices and five minutes. The error also matches
	// [ErrUnexpectedResponse]. A response with a failing status is only cut at the limit: its error is that of the status.
	ErrResponseTooLarge error = sentinelError("response too large")
	// ErrInsecureURL means that a base URL would send the token unencrypted; see WithInsecureHTTP.
	ErrInsecureURL error = sentinelError("insecure URL")
	// ErrQRCodesExhausted means that [DevicesService.Pair] has shown its last code and no phone has connected, or that the
	// API had no code for too long.
	ErrQRCodesExhausted error = sentinelError("QR codes exhausted")
	// ErrDeviceSuspended means that the device is suspended: no phone can be connected to it now.
	ErrDeviceSuspended error = sentinelError("device is suspended")
)

type sentinelError string

func (e sentinelError) Error() string { return string(e) }

// transientError is a sentinel for a response that may soon differ, so the transport may retry.
type transientError string

func (e transientError) Error() string   { return string(e) }
func (e transientError) Transient() bool { return true }

// sentinelsFor maps a status and known messages to sentinels.
func sentinelsFor(status int, message string) (specific, general error) {
	words := wire.Normalize(message)
	specific = when(words == wire.ConnectedMessage, ErrDeviceConnected)
	switch {
	case status < http.StatusBadRequest && specific != nil:
		return specific, nil
	case status < http.StatusBadRequest:
		return nil, ErrUnexpectedResponse
	case status == http.StatusUnauthorized:
		return nil, ErrUnauthorized
	case status == http.StatusForbidden:
		return when(strings.HasPrefix(words, "device limit"), ErrDeviceLimit), ErrForbidden
	case status == http.StatusNotFound:
		return when(strings.HasPrefix(words, "device not found"), ErrDeviceNotFound), ErrNotFound
	case status == http.StatusTooManyRequests:
		return nil, ErrRateLimited
	case status >= http.StatusInternalServerError, status == http.StatusRequestTimeout:
		return when(strings.HasPrefix(words, "qr code generation"), ErrQRGeneration), ErrServer
	case strings.HasPrefix(words, "invalid package"):
		return ErrInvalidPackage, ErrBadRequest
	default:
		return specific, ErrBadRequest
	}
}

func when(condition bool, err error) error {
	if condition {
		return err
	}
	return nil
}

// guaranteesNoEffect reports whether a server that responds with the status certainly did not act.
func guaranteesNoEffect(status int) bool {
	return status >= http.StatusBadRequest && status < http.StatusInternalServerError && status != http.StatusRequestTimeout
}

// hiddenError replaces the text of the error that it wraps.
type hiddenError struct {
	text string
	err  *error // a pointer, because fmt prints the address and not the error
}

// withoutPrefix returns the text of an error that is part of another one's text.
func withoutPrefix(err error) string { return strings.TrimPrefix(err.Error(), "whatspie: ") }

func hideText(text string, err error) error { return &hiddenError{text, &err} }

func (e *hiddenError) Error() string { return e.text }
func (e *hiddenError) Unwrap() error { return *e.err }
