package list_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestAll_truncatedBodyIsError(t *testing.T) {
	t.Parallel()
	truncated := wiretest.Reply{Status: 200, Body: `{"data":[{"id":1},{"id":2},{"i`, Cut: true}
	s := wiretest.NewScript(truncated, wiretest.OK(`{"data":[]}`))
	ids, err := wiretest.Drain(t, s.Client(t, wiretest.NoWaits).Devices.All(t.Context()))
	assert.Equal(t, []int64{1, 2}, ids)
	wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Len(t, s.Requests(), 1, "a retry would yield the first devices again")
	assert.True(t, wiretest.APIError(t, err).Retryable(), "the caller may range again")
	s.AssertClosed(t, 1)
}

func TestAll_retriesBeforeFirstDevice(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(
		wiretest.Reply{Status: 503},
		wiretest.Reply{Status: 200, Body: `{"data":[{"id":`, Cut: true},
		wiretest.OK(`{"code":500,"message":"x"}`),
		wiretest.OK(`{"data":[{"id":1}]}`),
	)
	ids, err := wiretest.Drain(t, s.Client(t, wiretest.NoWaits).Devices.All(t.Context()))
	require.NoError(t, err)
	assert.Equal(t, []int64{1}, ids)
	s.AssertClosed(t, 4)
}

func TestAll_yieldsDevicesBeforeError(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body string
		want error
	}{
		"code after data":         {`{"data":[{"id":1}],"code":403,"message":"Forbidden"}`, whatspie.ErrForbidden},
		"code before data":        {`{"code":500,"data":[{"id":1}]}`, whatspie.ErrServer},
		"status false after data": {`{"data":[{"id":1}],"status":false}`, whatspie.ErrUnexpectedResponse},
		"truncated object":        {`{"data":[{"id":1}]`, whatspie.ErrUnexpectedResponse},
		"number in data":          {`{"data":[{"id":1},7]}`, whatspie.ErrUnexpectedResponse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(wiretest.OK(test.body))
			ids, err := wiretest.Drain(t, s.Client(t, wiretest.NoWaits).Devices.All(t.Context()))
			assert.Equal(t, []int64{1}, ids)
			wiretest.AssertSentinels(t, err, test.want)
			assert.Len(t, s.Requests(), 1)
			s.AssertClosed(t, 1)
		})
	}
}

func TestAll_returnsErrorOfResponse(t *testing.T) {
	t.Parallel()
	unauthorized := wiretest.Reply{Status: 401, Body: wiretest.Fixture(t, "unauthorized_401.json")}
	for name, test := range map[string]struct {
		reply wiretest.Reply
		want  error
	}{
		"401":                     {unauthorized, whatspie.ErrUnauthorized},
		"200, 403 in body":        {wiretest.OK(wiretest.Fixture(t, "forbidden_403.json")), whatspie.ErrForbidden},
		"200, status false":       {wiretest.OK(`{"status":false}`), whatspie.ErrUnexpectedResponse},
		"200, 500 beside device":  {wiretest.OK(`{"code":500,"message":"x","data":{"id":7}}`), whatspie.ErrServer},
		"200, 403 after a number": {wiretest.OK(`{"data":[7],"code":403}`), whatspie.ErrForbidden},
		"302":                     {wiretest.Redirect(302, "https://evil.com"), whatspie.ErrUnexpectedResponse},
		"404 HTML":                {wiretest.Reply{Status: 404, Body: "<html>"}, whatspie.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := wiretest.NewScript(test.reply).Client(t, wiretest.NoWaits)
			ids, err := wiretest.Drain(t, client.Devices.All(t.Context()))
			assert.Empty(t, ids)
			wiretest.AssertSentinels(t, err, test.want)
		})
	}
}

// The start of a body that is not a list is kept for the error, as by List.
func TestAll_keepsStartOfErrorBody(t *testing.T) {
	t.Parallel()
	const maxBytes = 4096
	fill := func(bytes int) string { return strings.Repeat("x", bytes) }
	for body, want := range map[string]string{
		"<html>hello</html>":                           "<html>hello</html>",
		`{"code":500,"message":"x"}`:                   `{"code":500,"message":"x"}`,
		`{"data":[{"id":1}],"code":403}`:               `{"data":[{"id":1}],"code":403}`,
		"<p>" + wiretest.Token + "</p>" + fill(50_000): "<p>[redacted]</p>" + fill(maxBytes-len("<p></p>"+wiretest.Token)),
		`{"x":"` + fill(50_000) + `"}`:                 `{"x":"` + fill(maxBytes-len(`{"x":"`)),
	} {
		client := wiretest.NewScript(wiretest.OK(body)).Client(t, wiretest.NoWaits)
		var response whatspie.Response
		_, err := wiretest.Drain(t, client.Devices.All(t.Context(), whatspie.WithResponse(&response)))
		assert.Equal(t, want, string(wiretest.APIError(t, err).Body))
		assert.Equal(t, body[:min(len(body), maxBytes+1)], string(response.Body))
	}
}
