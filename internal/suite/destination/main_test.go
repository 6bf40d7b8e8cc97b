// Package destination_test tests that a request and its token are sent only to the intended server and path.
package destination_test

import (
	"testing"

	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }
