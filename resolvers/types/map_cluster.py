"""The map as the API shows it."""

import strawberry

from resolvers.federation.clustering import Cluster
from resolvers.request import Info
from resolvers.types import referentials
from resolvers.types import structure as structure_types
from resolvers.types.connections import LazyPriority, LazyStructure


@strawberry.type(description="A box between two latitudes and two longitudes.")
class BBox:
    south: float = strawberry.field(description="Lowest latitude, in degrees.")
    west: float = strawberry.field(description="Lowest longitude, in degrees.")
    north: float = strawberry.field(description="Highest latitude, in degrees.")
    east: float = strawberry.field(description="Highest longitude, in degrees.")


@strawberry.type(description="Structures that lie together on a map at this zoom.")
class MapCluster:
    count: int = strawberry.field(description="How many.")
    latitude: float = strawberry.field(description="Degrees north of the mean of their positions.")
    longitude: float = strawberry.field(description="Degrees east of the mean of their positions.")
    bbox: BBox = strawberry.field(description="The box around them: zoom on it to see them apart.")
    dominant_priority: LazyPriority | None = strawberry.field(
        description="The priority that most of them act for; the first by rank among equals."
    )
    structure: LazyStructure | None = strawberry.field(description="The structure, where there is only one.")


def cluster_of(info: Info, cluster: Cluster) -> MapCluster:
    """A cluster as the API shows it."""
    box = cluster.box
    return MapCluster(
        count=cluster.count,
        latitude=cluster.latitude,
        longitude=cluster.longitude,
        bbox=BBox(south=box.south, west=box.west, north=box.north, east=box.east),
        dominant_priority=referentials.priority(info, cluster.dominant) if cluster.dominant else None,
        structure=structure_types.structure_of(cluster.entry) if cluster.entry else None,
    )
