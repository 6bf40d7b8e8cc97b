// Package list_test tests how DevicesService.All reports failures before, in and after its list.
package list_test

import (
	"testing"

	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }
