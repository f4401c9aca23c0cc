import QuireKernels
package import QuireModelFiles
package import QuirePlatform

extension ModelPackage {
  /// Reads all weights, and keeps none of them: each tensor's pages are given back as it has been looked at.
  ///
  /// - Throws: ``ModelFileError`` that names the first tensor that holds NaN or an infinity, as loading does.
  package func checkNumbers(on team: ThreadTeam) throws(ModelFileError) {
    let weights = plan.weights
    for part in weights.matrices {
      var badRow: Int?
      try part.withRows(of: tensors, on: team) { (rows) throws(ModelFileError) in
        badRow = rows.firstNonFiniteRow(on: team)
      }
      if let badRow { throw try part.notFinite(row: badRow, in: tensors) }
      for tensor in part.tensors { tensors.releasePages(of: tensor) }
    }
    for vector in weights.vectors { _ = try vector.read(tensors) }
  }
}
