// Package create_test tests which outcome Create reports for a response, and how CreateConfirmed resolves an unknown
// outcome.
package create_test

import (
	"testing"

	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }
