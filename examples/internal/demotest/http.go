package demotest

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// Fetch requests a URL on a connection of its own. A host, if given, replaces the one of the URL in the header.
func Fetch(tb testing.TB, url, host string) (status int, body string) {
	tb.Helper()
	request, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(tb, err)
	request.Host = host
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	require.NoError(tb, err)
	all, err := io.ReadAll(response.Body)
	require.NoError(tb, err)
	require.NoError(tb, response.Body.Close())
	return response.StatusCode, string(all)
}

// Control sends a request to the control API of whatspie-fake.
func Control(tb testing.TB, method, url string) {
	tb.Helper()
	request, err := http.NewRequestWithContext(tb.Context(), method, url, http.NoBody)
	require.NoError(tb, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(tb, err)
	require.NoError(tb, response.Body.Close())
	require.Equal(tb, http.StatusNoContent, response.StatusCode)
}
