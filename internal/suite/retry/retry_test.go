package retry_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// failure is a failed attempt, and the sentinel that matches the error of a call if it is the last one.
type failure struct {
	reply wiretest.Reply
	want  error
}

// transientFailures returns failures after which a read is retried.
func transientFailures() map[string]failure {
	notFound := &net.DNSError{Err: "no such host", IsNotFound: true}
	truncated := wiretest.Reply{Status: 200, Body: `{"data":[`, Cut: true}
	return map[string]failure{
		"refused":          {wiretest.Fail(wiretest.ConnectionRefused()), whatspie.ErrNoResponse},
		"no such host":     {wiretest.Fail(notFound), whatspie.ErrNoResponse},
		"reset":            {wiretest.Fail(wiretest.ConnectionReset()), whatspie.ErrNoResponse},
		"closed":           {wiretest.Fail(io.EOF), whatspie.ErrNoResponse},
		"stalled":          {wiretest.Reply{Stall: true}, whatspie.ErrNoResponse},
		"200 truncated":    {truncated, whatspie.ErrUnexpectedResponse},
		"408":              {wiretest.Reply{Status: 408}, whatspie.ErrServer},
		"429":              {wiretest.Reply{Status: 429}, whatspie.ErrRateLimited},
		"500":              {wiretest.Reply{Status: 500}, whatspie.ErrServer},
		"502 HTML":         {wiretest.Reply{Status: 502, Body: "<html>"}, whatspie.ErrServer},
		"503":              {wiretest.Reply{Status: 503}, whatspie.ErrServer},
		"599":              {wiretest.Reply{Status: 599}, whatspie.ErrServer},
		"200, 500 in body": {wiretest.OK(`{"code":500,"message":"x"}`), whatspie.ErrServer},
		"200, 429 in body": {wiretest.OK(`{"code":429,"message":"x"}`), whatspie.ErrRateLimited},
		"200, 408 in body": {wiretest.OK(`{"status":"408"}`), whatspie.ErrServer},
		"503, 429 in body": {wiretest.Reply{Status: 503, Body: `{"code":429}`}, whatspie.ErrRateLimited},
		"500 truncated":    {wiretest.Reply{Status: 500, Body: "<ht", Cut: true}, whatspie.ErrServer},
	}
}

func TestRead_retriesTransientFailures(t *testing.T) {
	t.Parallel()
	for name, test := range transientFailures() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := wiretest.NewScript(test.reply, test.reply, test.reply, wiretest.OK(`{"data":[]}`))
				var response whatspie.Response
				_, err := s.Client(t).Devices.List(t.Context(), whatspie.WithResponse(&response))
				require.NoError(t, err)
				assert.Equal(t, 4, response.Attempts)
				assert.Len(t, s.Requests(), 4)
			})
		})
	}
}

func TestRead_failsAfterMaxAttempts(t *testing.T) {
	t.Parallel()
	for name, test := range transientFailures() {
		for policy, attempts := range map[whatspie.RetryPolicy]int{{}: 4, {MaxAttempts: 1}: 1, {MaxAttempts: 7}: 7} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := wiretest.NewScript(test.reply)
					devices, err := s.Client(t, whatspie.WithRetry(policy)).Devices.List(t.Context())
					wiretest.AssertSentinels(t, err, test.want)
					if test.reply.Err != nil {
						require.ErrorIs(t, err, test.reply.Err)
					}
					assert.Nil(t, devices)
					assert.Len(t, s.Requests(), attempts)
					failed := wiretest.APIError(t, err)
					assert.Equal(t, attempts, failed.Attempts)
					assert.Equal(t, test.reply.Status, failed.StatusCode)
					assert.True(t, failed.Retryable())
				})
			})
		}
	}
}

func TestRead_returnsLastFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := wiretest.NewScript(wiretest.Reply{Status: 503, Body: "<html>"}, wiretest.Fail(wiretest.ConnectionReset()))
		_, err := s.Client(t, whatspie.WithRetry(whatspie.RetryPolicy{MaxAttempts: 2})).Devices.List(t.Context())
		wiretest.AssertSentinels(t, err, whatspie.ErrNoResponse)
		require.ErrorIs(t, err, syscall.ECONNRESET)
		assert.Zero(t, wiretest.APIError(t, err).StatusCode)
		assert.Empty(t, wiretest.APIError(t, err).Body)
	})
}

func TestTokenSource_errorKeepsLastFailure(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.Reply{Status: 429, Body: "<html>"})
	tokens := whatspie.WithTokenSource(wiretest.TokensInOrder("s3cr3t", ""))
	_, err := s.Client(t, wiretest.NoWaits, tokens).Devices.Create(t.Context(), wiretest.NewDevice)
	wiretest.AssertSentinels(t, err, whatspie.ErrRateLimited)
	const want = "429 Too Many Requests: token source failed: the token is empty (1 attempt)"
	require.ErrorContains(t, err, want)
	assert.Len(t, s.Requests(), 1)
}

func TestWithoutRetry_sendsOnce(t *testing.T) {
	t.Parallel()
	for name, test := range transientFailures() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := wiretest.NewScript(test.reply)
				start := time.Now()
				_, err := s.Client(t).Devices.List(t.Context(), whatspie.WithoutRetry())
				require.Error(t, err)
				assert.Len(t, s.Requests(), 1)
				if !test.reply.Stall {
					assert.Zero(t, time.Since(start))
				}
			})
		})
	}
}

func TestRead_doesNotRetryPermanentFailures(t *testing.T) {
	t.Parallel()
	verification := &tls.CertificateVerificationError{Err: errors.New("expired")}
	notTLS := tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}
	for name, test := range map[string]failure{
		"400":              {wiretest.Reply{Status: 400}, whatspie.ErrBadRequest},
		"401":              {wiretest.Reply{Status: 401}, whatspie.ErrUnauthorized},
		"403":              {wiretest.Reply{Status: 403}, whatspie.ErrForbidden},
		"404":              {wiretest.Reply{Status: 404}, whatspie.ErrNotFound},
		"409":              {wiretest.Reply{Status: 409}, whatspie.ErrBadRequest},
		"422":              {wiretest.Reply{Status: 422}, whatspie.ErrBadRequest},
		"200, 404 in body": {wiretest.OK(`{"code":404}`), whatspie.ErrNotFound},
		"304":              {wiretest.Reply{Status: 304}, whatspie.ErrUnexpectedResponse},
		"300":              {wiretest.Reply{Status: 300}, whatspie.ErrUnexpectedResponse},
		"HTML":             {wiretest.OK("<html>"), whatspie.ErrUnexpectedResponse},
		"certificate":      {wiretest.Fail(verification), whatspie.ErrNoResponse},
		"not TLS":          {wiretest.Fail(notTLS), whatspie.ErrNoResponse},
		"http for https":   {wiretest.Fail(http.ErrSchemeMismatch), whatspie.ErrNoResponse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(test.reply, wiretest.OK(`{"data":[]}`))
			_, err := s.Client(t).Devices.List(t.Context())
			wiretest.AssertSentinels(t, err, test.want)
			assert.Len(t, s.Requests(), 1)
			assert.False(t, wiretest.APIError(t, err).Retryable())
		})
	}
}

func TestAttemptTimeout_includesBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stalled := wiretest.Reply{Status: 200, Body: `{"data":[`, StallBody: true}
		start := time.Now()
		client := wiretest.NewScript(stalled, stalled, wiretest.OK(`{"data":[]}`), stalled).
			Client(t, wiretest.NoWaits, whatspie.WithAttemptTimeout(10*time.Second))
		_, err := client.Devices.List(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 20*time.Second, time.Since(start), "two stalled attempts")

		_, err = client.Devices.List(t.Context(), whatspie.WithoutRetry())
		require.ErrorIs(t, err, context.DeadlineExceeded, "a timeout counts as a deadline")
		require.ErrorContains(t, err, "attempt timed out")
		var timeout net.Error
		require.ErrorAs(t, err, &timeout)
		assert.True(t, timeout.Timeout())
	})
}

func TestBackoff_usesFullJitter(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		policy whatspie.RetryPolicy
		limits []time.Duration
	}{
		"default": {whatspie.RetryPolicy{MaxAttempts: 7}, []time.Duration{
			500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 8 * time.Second,
		}},
		"MaxWait below default MinWait": {
			whatspie.RetryPolicy{MaxWait: 100 * time.Millisecond},
			[]time.Duration{100 * time.Millisecond, 100 * time.Millisecond, 100 * time.Millisecond},
		},
		"MinWait above default MaxWait": {
			whatspie.RetryPolicy{MinWait: 20 * time.Second},
			[]time.Duration{20 * time.Second, 20 * time.Second, 20 * time.Second},
		},
		"MinWait": {
			whatspie.RetryPolicy{MinWait: 3 * time.Second},
			[]time.Duration{3 * time.Second, 6 * time.Second, 8 * time.Second},
		},
		"MinWait and MaxWait": {
			whatspie.RetryPolicy{MinWait: time.Second, MaxWait: 3 * time.Second},
			[]time.Duration{time.Second, 2 * time.Second, 3 * time.Second},
		},
		"MaxRetryAfter": {
			whatspie.RetryPolicy{MaxRetryAfter: time.Second},
			[]time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const calls = 200
				longest, shortest := make([]time.Duration, len(test.limits)), slices.Clone(test.limits)
				for range calls {
					s := wiretest.NewScript(wiretest.Reply{Status: 503})
					_, err := s.Client(t, whatspie.WithRetry(test.policy)).Devices.List(t.Context())
					require.Error(t, err)
					requests := s.Requests()
					require.Len(t, requests, len(test.limits)+1)
					for i := range test.limits {
						wait := requests[i+1].At.Sub(requests[i].At)
						require.Less(t, wait, test.limits[i])
						longest[i] = max(longest[i], wait)
						shortest[i] = min(shortest[i], wait)
					}
				}
				// Of 200 uniform samples, at least one falls into the first and the last tenth, except in one of ten million
				// runs.
				for i, limit := range test.limits {
					assert.Greater(t, longest[i], limit*9/10, "wait %d", i+1)
					assert.Less(t, shortest[i], limit/10, "wait %d", i+1)
				}
			})
		})
	}
}
