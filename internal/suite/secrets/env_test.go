package secrets_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestNewClientFromEnv_hidesToken(t *testing.T) {
	for name, variable := range map[string]string{"primary": "WHATSPIE_API_TOKEN", "fallback": "WHATSPIE_TOKEN"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("WHATSPIE_API_TOKEN", "") // ignore the environment of the test run
			t.Setenv("WHATSPIE_BASE_URL", "")
			t.Setenv(variable, wiretest.Token)
			s := wiretest.NewScript(wiretest.Reply{Status: http.StatusUnauthorized, Body: secretBody(t)})
			client, err := whatspie.NewClientFromEnv(wiretest.WithTransport(s), wiretest.NoWaits)
			require.NoError(t, err)
			_, err = client.Devices.QR(t.Context(), 7)
			assertNoSecret(t, errorTexts(t, err))
			for _, r := range renderings(client) {
				assertNoSecret(t, r.text)
			}
			t.Setenv(variable, wiretest.Token+"\n")
			_, err = whatspie.NewClientFromEnv()
			require.Error(t, err)
			assertNoSecret(t, err.Error())
		})
	}
}
