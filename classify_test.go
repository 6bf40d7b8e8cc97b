package whatspie_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// Every error states what was sent and what was received.
func TestAPIError_describesRequestAndResponse(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("0123456789", 1000)
	for name, test := range map[string]struct {
		status int
		body   string
		want   error
	}{
		"502 HTML":       {502, "<html>Bad gateway</html>", whatspie.ErrServer},
		"500 empty":      {500, "", whatspie.ErrServer},
		"503 truncated":  {503, `{"code":503,"mess`, whatspie.ErrServer},
		"400 large":      {400, large, whatspie.ErrBadRequest},
		"404 an array":   {404, `[]`, whatspie.ErrNotFound},
		"404 words":      {404, `"Not found"`, whatspie.ErrNotFound},
		"429 HTML":       {429, "<html>", whatspie.ErrRateLimited},
		"200 HTML":       {200, "<html>Login</html>", whatspie.ErrUnexpectedResponse},
		"200 empty":      {200, "", whatspie.ErrUnexpectedResponse},
		"200 blank":      {200, " \r\n", whatspie.ErrUnexpectedResponse},
		"200 truncated":  {200, `{"status":200,"data":{`, whatspie.ErrUnexpectedResponse},
		"200 two values": {200, `{"data":{"id":1}}{}`, whatspie.ErrUnexpectedResponse},
		"200 number":     {200, `7`, whatspie.ErrUnexpectedResponse},
		"200 null":       {200, `null`, whatspie.ErrUnexpectedResponse},
		"200 large":      {200, large, whatspie.ErrUnexpectedResponse},
		"206 part":       {206, `{"data":{"`, whatspie.ErrUnexpectedResponse},
		"304":            {304, "", whatspie.ErrUnexpectedResponse},
		"200, code 500":  {200, `{"code":500}`, whatspie.ErrServer},
		"200, code 403":  {200, `{"code":"403","message":"x"}`, whatspie.ErrForbidden},
		"200, status 4":  {200, `{"status":"404","message":"x"}`, whatspie.ErrNotFound},
		"200, both":      {200, `{"status":401,"code":200}`, whatspie.ErrUnauthorized},
		"200, refused":   {200, `{"status":false}`, whatspie.ErrUnexpectedResponse},
		"200, fail":      {200, `{"status":"fail","message":"x"}`, whatspie.ErrUnexpectedResponse},
		"200, no":        {200, `{"success":false,"data":{"id":7}}`, whatspie.ErrUnexpectedResponse},
		"200, true":      {200, `{"error":true,"data":{"id":7}}`, whatspie.ErrUnexpectedResponse},
		"200, prose":     {200, `{"error":"Unauthenticated"}`, whatspie.ErrUnexpectedResponse},
		"200, deep":      {200, `{"error":{"message":"x"}}`, whatspie.ErrUnexpectedResponse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{"X-Request-Id": {"req-1"}, "Set-Cookie": {"session=1"}, "Server": {"nginx"}}
			s := wiretest.NewScript(wiretest.Reply{Status: test.status, Header: header, Body: test.body})
			err := s.Client(t, wiretest.NoWaits).Call(t.Context(), http.MethodGet, "/devices/7?secret=1", nil, &whatspie.Device{})
			wiretest.AssertSentinels(t, err, test.want)
			failed := wiretest.APIError(t, err)
			assert.Equal(t, test.status, failed.StatusCode)
			assert.Equal(t, http.MethodGet, failed.Method)
			assert.Equal(t, "/devices/7", failed.Path, "without its query")
			assert.NotContains(t, err.Error(), "secret")
			assert.Equal(t, "req-1", failed.RequestID)
			assert.Equal(t, len(s.Requests()), failed.Attempts)
			assert.Equal(t, http.Header{"X-Request-Id": {"req-1"}, "Server": {"nginx"}}, failed.Header)
			assert.Equal(t, test.body[:min(len(test.body), 4<<10)], string(failed.Body))
			assert.Equal(t, "session=1", header.Get("Set-Cookie"), "the answer's own header is left alone")
		})
	}
}

func TestErrNoResponse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		reply       wiretest.Reply
		read, write error
	}{
		"dial":         {wiretest.Fail(wiretest.ErrRefused()), whatspie.ErrNoResponse, whatspie.ErrNoResponse},
		"no such host": {wiretest.Fail(&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}), whatspie.ErrNoResponse, whatspie.ErrNoResponse},
		"certificate":  {wiretest.Fail(&tls.CertificateVerificationError{Err: errors.New("expired")}), whatspie.ErrNoResponse, whatspie.ErrNoResponse},
		"reset":        {wiretest.Fail(wiretest.ErrReset()), whatspie.ErrNoResponse, whatspie.ErrOutcomeUnknown},
		"timeout":      {wiretest.Reply{Stall: true}, whatspie.ErrNoResponse, whatspie.ErrOutcomeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := wiretest.NewScript(test.reply).Client(t)
				_, err := client.Devices.Get(t.Context(), 7)
				wiretest.AssertSentinels(t, err, test.read)
				_, err = client.Devices.Create(t.Context(), wiretest.NewDevice)
				wiretest.AssertSentinels(t, err, test.write)
			})
		})
	}
}

// The end of the caller's context is not a network failure, but must not hide one.
func TestErrNoResponse_whenContextEnds(t *testing.T) {
	t.Parallel()
	why := errors.New("the user left")
	for name, test := range map[string]struct {
		replies []wiretest.Reply
		end     func(context.Context) (context.Context, context.CancelFunc)
		cause   error
		want    []error
	}{
		"cancelled":                           {[]wiretest.Reply{{Stall: true}}, cancelAfter(time.Second, nil), context.Canceled, nil},
		"cancelled for a reason":              {[]wiretest.Reply{{Stall: true}}, cancelAfter(time.Second, why), why, nil},
		"deadline":                            {[]wiretest.Reply{{Stall: true}}, deadlineAfter(time.Second), context.DeadlineExceeded, nil},
		"deadline after an attempt timed out": {[]wiretest.Reply{{Stall: true}}, deadlineAfter(45 * time.Second), context.DeadlineExceeded, []error{whatspie.ErrNoResponse}},
		"cancelled after a reset":             {[]wiretest.Reply{wiretest.Fail(wiretest.ErrReset()), {Stall: true}}, cancelAfter(20*time.Second, nil), context.Canceled, []error{whatspie.ErrNoResponse}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := test.end(t.Context())
				defer cancel()
				_, err := wiretest.NewScript(test.replies...).Client(t).Devices.Get(ctx, 7)
				require.ErrorIs(t, err, test.cause)
				wiretest.AssertSentinels(t, err, test.want...)
				assert.True(t, wiretest.APIError(t, err).Retryable())
			})
		})
	}
}

func cancelAfter(wait time.Duration, why error) func(context.Context) (context.Context, context.CancelFunc) {
	return func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancelCause(ctx)
		time.AfterFunc(wait, func() { cancel(why) })
		return ctx, func() { cancel(nil) }
	}
}

func deadlineAfter(wait time.Duration) func(context.Context) (context.Context, context.CancelFunc) {
	return func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, wait) }
}

// Whatever error a caller's transport returns, an unknown outcome never suggests a retry.
func TestErrOutcomeUnknown_excludesOtherSentinels(t *testing.T) {
	t.Parallel()
	for name, sentinel := range wiretest.Sentinels() {
		cause := fmt.Errorf("a mock: %w", sentinel)
		_, err := wiretest.NewScript(wiretest.Fail(cause)).Client(t, wiretest.NoWaits).Devices.Create(t.Context(), wiretest.NewDevice)
		wiretest.AssertSentinels(t, err, whatspie.ErrOutcomeUnknown)
		assert.Contains(t, err.Error(), cause.Error(), name)
	}
	err := wiretest.NewScript(wiretest.OK(`{"data":1}`)).Client(t, wiretest.NoWaits).Call(t.Context(), http.MethodPost, "/devices/7/qr", nil, &notReady{})
	wiretest.AssertSentinels(t, err, whatspie.ErrOutcomeUnknown)
}

type notReady struct{}

func (*notReady) UnmarshalJSON([]byte) error { return whatspie.ErrQRNotReady }
