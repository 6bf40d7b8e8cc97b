// Package secrets_test tests that neither the token nor a QR code is printed, logged or encoded.
package secrets_test

import (
	"testing"

	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }
